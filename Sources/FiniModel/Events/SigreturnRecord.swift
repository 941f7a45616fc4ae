/// A tracee at its own rt_sigreturn (or sigreturn), seen from inside the kernel and not by its tracer.
public struct SigreturnRecord: Hashable, Sendable {
  /// Which side of the call; the numbers are part of the schema.
  public enum Passage: UInt8, CaseIterable, Hashable, Sendable {
    /// The call begins: after the tracer's syscall-entry-stop, if there is one.
    case entered = 1
    /// The registers are restored: before the tracer's syscall-exit-stop, if there is one.
    case left = 2

    /// The name in files and reports.
    public var name: String { "\(self)" }
  }

  /// Which side.
  public var passage: Passage
  /// The registers there. Segment bases and data segments are not among what was seen, and zero.
  public var registers: Registers

  /// Makes a record.
  public init(passage: Passage, registers: Registers) {
    self.passage = passage
    self.registers = registers
  }
}

extension Registers {
  /// Whether these are the ones that the sigframe held, as far as an observer inside the kernel sees
  /// them: `ss` and before; see ``isRestored(from:)``.
  public func isRestoredInKernel(from saved: Registers) -> Bool {
    func comparable(_ registers: Registers) -> Registers {
      var registers = registers
      // RF is set by a breakpoint.
      registers[.eflags] &= ~0x10000
      for name in [Name.fsBase, .gsBase, .ds, .es, .fs, .gs] { registers[name] = 0 }
      return registers
    }
    return comparable(self) == comparable(saved.forSigframe)
  }
}
