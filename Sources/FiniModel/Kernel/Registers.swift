/// The general registers of an x86-64 task, in the order of `user_regs_struct`: 27 words.
///
/// While a task runs 32-bit code `PTRACE_GETREGSET` with `NT_PRSTATUS` has a shorter layout (17 words
/// of 32 bits); `PTRACE_GETREGS` of a 64-bit tracer has always this one. See ptrace(2).
package struct Registers: Hashable, Sendable {
  /// How many words there are.
  package static let count = 27
  /// The size of all, in bytes.
  package static let byteCount: UInt64 = UInt64(count) * 8

  /// The words, by index.
  package var words: InlineArray<27, UInt64>

  /// All zero.
  package init() { words = .init(repeating: 0) }

  /// A register's place in the order.
  package enum Name: Int, CaseIterable, Sendable {
    case r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi
    case origRAX = 15
    case rip, cs, eflags, rsp, ss, fsBase, gsBase, ds, es, fs, gs

    /// The name as gdb and strace write it.
    package var text: String {
      switch self {
      case .r15: "r15"
      case .r14: "r14"
      case .r13: "r13"
      case .r12: "r12"
      case .rbp: "rbp"
      case .rbx: "rbx"
      case .r11: "r11"
      case .r10: "r10"
      case .r9: "r9"
      case .r8: "r8"
      case .rax: "rax"
      case .rcx: "rcx"
      case .rdx: "rdx"
      case .rsi: "rsi"
      case .rdi: "rdi"
      case .origRAX: "orig_rax"
      case .rip: "rip"
      case .cs: "cs"
      case .eflags: "eflags"
      case .rsp: "rsp"
      case .ss: "ss"
      case .fsBase: "fs_base"
      case .gsBase: "gs_base"
      case .ds: "ds"
      case .es: "es"
      case .fs: "fs"
      case .gs: "gs"
      }
    }
  }

  /// One register.
  package subscript(name: Name) -> UInt64 {
    get { words[name.rawValue] }
    set { words[name.rawValue] = newValue }
  }

  /// The program counter: `rip`.
  package var programCounter: RemoteAddress { RemoteAddress(self[.rip]) }

  /// Whether the task runs 32-bit code: `__USER32_CS`, whatever its program is.
  package var isCompat: Bool { self[.cs] == 0x23 }

  /// Whether code and stack are in the segments that every program has: `__USER_CS` or
  /// `__USER32_CS`, and `__USER_DS`. A task makes other segments by modify_ldt(2).
  package var runsUsualSegments: Bool {
    // In a Xen PV guest the flat segments are Xen's own.
    (self[.cs] == 0x33 || isCompat) && self[.ss] == 0x2b
      || self[.cs] == 0xe033 && self[.ss] == 0xe02b
  }

  /// Bits of `eflags` that a saved state may have, but that the parasite and the bridge must not
  /// run with, or that decide what happens at their first instruction.
  package enum Flag {
    /// TF: a trap after each instruction.
    package static let trap: UInt64 = 0x100
    /// DF: string instructions go downwards.
    package static let direction: UInt64 = 0x400
    /// RF: a breakpoint on the next instruction is skipped.
    package static let resume: UInt64 = 0x1_0000
    /// AC: an unaligned access is a fault.
    package static let alignmentCheck: UInt64 = 0x4_0000
  }

  /// The same without RF, for a task that must stop at a breakpoint on its very next instruction.
  ///
  /// A task has RF if it was interrupted in the middle of a `rep` instruction, or by a fault.
  package var meetingBreakpoints: Registers {
    var registers = self
    registers[.eflags] &= ~Flag.resume
    return registers
  }

  /// The same with flags that are right for any code. docs/Decisions/0026 has all bits.
  package var withPlainFlags: Registers {
    var registers = self
    registers[.eflags] &= ~(Flag.trap | Flag.direction | Flag.resume | Flag.alignmentCheck)
    return registers
  }

  /// The registers that differ.
  package func differences(from other: Registers) -> [Name] {
    Name.allCases.filter { self[$0] != other[$0] }
  }

  /// How many registers differ.
  package func countOfDifferences(from other: Registers) -> UInt32 {
    var count: UInt32 = 0
    for index in 0..<Registers.count where words[index] != other.words[index] { count += 1 }
    return count
  }

  /// Equality, word by word.
  package static func == (left: Registers, right: Registers) -> Bool {
    for index in 0..<Registers.count where left.words[index] != right.words[index] { return false }
    return true
  }

  /// Hashes the words.
  package func hash(into hasher: inout Hasher) {
    for index in 0..<Registers.count { hasher.combine(words[index]) }
  }
}
