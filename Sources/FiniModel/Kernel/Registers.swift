/// The general registers of an x86-64 task, in the order of `user_regs_struct`: 27 words.
///
/// While a task runs 32-bit code `PTRACE_GETREGSET` with `NT_PRSTATUS` has a shorter layout (17 words
/// of 32 bits); `PTRACE_GETREGS` of a 64-bit tracer has always this one. See ptrace(2).
public struct Registers: Hashable, Sendable {
  /// The words, by index.
  public var words: InlineArray<27, UInt64>

  /// All zero.
  public init() { words = .init(repeating: 0) }

  /// A register's place in the order.
  public enum Name: Int, CaseIterable, Sendable {
    case r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi
    case origRAX = 15
    case rip, cs, eflags, rsp, ss, fsBase, gsBase, ds, es, fs, gs

    /// The name as gdb and strace write it.
    public var text: String {
      switch self {
      case .origRAX: "orig_rax"
      case .fsBase: "fs_base"
      case .gsBase: "gs_base"
      default: "\(self)"
      }
    }
  }

  /// One register.
  public subscript(name: Name) -> UInt64 {
    get { words[name.rawValue] }
    set { words[name.rawValue] = newValue }
  }

  /// Where the task is: `rip`.
  public var programCounter: RemoteAddress { RemoteAddress(self[.rip]) }

  /// Whether the task runs 32-bit code: `__USER32_CS`, whatever its program is.
  public var isCompat: Bool { self[.cs] == 0x23 }

  /// Whether code and stack are in the segments that every program has: `__USER_CS` or `__USER32_CS`, and
  /// `__USER_DS`. Others are of the task's own making (modify_ldt(2)).
  public var runsUsualSegments: Bool {
    // As a guest of Xen (PV) the flat segments are Xen's own.
    (self[.cs] == 0x33 || isCompat) && self[.ss] == 0x2b
      || self[.cs] == 0xe033 && self[.ss] == 0xe02b
  }

  /// Bits of `eflags` that a saved state may have and that code of ours must not run with, or that
  /// decide what happens at its first instruction.
  public enum Flag {
    /// TF: a trap after each instruction.
    public static let trap: UInt64 = 0x100
    /// DF: string instructions go downwards.
    public static let direction: UInt64 = 0x400
    /// RF: a breakpoint on the next instruction is skipped.
    public static let resume: UInt64 = 0x1_0000
    /// AC: an unaligned access is a fault.
    public static let alignmentCheck: UInt64 = 0x4_0000
  }

  /// The same without RF, for a task that shall meet a breakpoint on its very next instruction.
  ///
  /// A task has RF if it was interrupted in the middle of a `rep` instruction, or by a fault.
  public var meetingBreakpoints: Registers {
    var registers = self
    registers[.eflags] &= ~Flag.resume
    return registers
  }

  /// The same with flags that any code runs well with. docs/Decisions/0026 has all bits.
  public var withPlainFlags: Registers {
    var registers = self
    registers[.eflags] &= ~(Flag.trap | Flag.direction | Flag.resume | Flag.alignmentCheck)
    return registers
  }

  /// The registers that differ.
  public func differences(from other: Registers) -> [Name] {
    Name.allCases.filter { self[$0] != other[$0] }
  }

  /// How many registers differ.
  public func countOfDifferences(from other: Registers) -> UInt32 {
    var count: UInt32 = 0
    for index in 0..<27 where words[index] != other.words[index] { count += 1 }
    return count
  }

  /// Equality, word by word.
  public static func == (left: Registers, right: Registers) -> Bool {
    for index in 0..<27 where left.words[index] != right.words[index] { return false }
    return true
  }

  /// Hashes the words.
  public func hash(into hasher: inout Hasher) {
    for index in 0..<27 { hasher.combine(words[index]) }
  }
}

/// The number of a system call, read with the calling task's table.
public enum SyscallNumber {
  /// `rt_sigreturn` of x86-64.
  public static let rtSigreturn: UInt64 = 15
  /// `rt_sigreturn` of i386.
  public static let rtSigreturn32: UInt64 = 173
}

/// What `PTRACE_GET_SYSCALL_INFO` says about a stop; see ptrace(2).
public struct SyscallInfo: Hashable, Sendable {
  /// Which stop the kernel says this is.
  public enum Operation: UInt8, Sendable {
    case none = 0
    case entry = 1
    case exit = 2
    case seccomp = 3
  }

  /// Entry, exit or neither; `nil` for a number that this tool does not know.
  public var operation: Operation?
  /// The number of the call, at an entry.
  public var number: UInt64?
  /// The result, at an exit.
  public var result: Int64?
  /// The instruction after the system call.
  public var instructionPointer: RemoteAddress
  /// The stack pointer.
  public var stackPointer: RemoteAddress

  /// Makes a value.
  public init(
    operation: Operation?, number: UInt64? = nil, result: Int64? = nil,
    instructionPointer: RemoteAddress, stackPointer: RemoteAddress
  ) {
    self.operation = operation
    self.number = number
    self.result = result
    self.instructionPointer = instructionPointer
    self.stackPointer = stackPointer
  }
}

/// The debug registers as `POKEUSER` addresses them: DRn at 848 + 8 n in `struct user` on x86-64.
public enum DebugRegister {
  /// The offset of DR0 in `struct user`.
  public static let firstOffset: UInt64 = 848

  /// The offset of a debug register.
  public static func offset(_ number: Int) -> UInt64 { firstOffset + 8 * UInt64(number) }

  /// Which debug register an offset means, or `nil` for another word of `struct user`.
  public static func number(at offset: UInt64) -> Int? {
    guard offset >= firstOffset, offset < firstOffset + 64, offset % 8 == 0 else { return nil }
    return Int((offset - firstOffset) / 8)
  }
}
