/// A tracee at its own rt_sigreturn (or sigreturn), seen inside the kernel and not by its tracer.
package struct SigreturnRecord: Hashable, Sendable {
  /// Which side of the call; the numbers are part of the schema.
  package enum Passage: UInt8, CaseIterable, Hashable, Sendable {
    /// The call begins: after the tracer's syscall-entry-stop, if there is one.
    case entered = 1
    /// The registers are restored: before the tracer's syscall-exit-stop, if there is one.
    case left = 2

    /// The name in files and reports.
    package var name: String {
      switch self {
      case .entered: "entered"
      case .left: "left"
      }
    }
  }

  /// Which side.
  package var passage: Passage
  /// The registers there. Segment bases and data segments were not seen; they are zero.
  package var registers: Registers

  package init(passage: Passage, registers: Registers) {
    self.passage = passage
    self.registers = registers
  }
}
