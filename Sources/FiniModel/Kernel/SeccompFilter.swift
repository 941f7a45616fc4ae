/// What a seccomp filter sees of a system call: `struct seccomp_data`; see seccomp(2).
package struct FilteredCall: Hashable, Sendable {
  /// The call's number.
  package var number: UInt32
  /// `AUDIT_ARCH_*`.
  package var architecture: UInt32
  /// The address after the instruction that makes the call.
  package var instruction: UInt64
  /// The six arguments.
  package var arguments: [6 of UInt64]

  package init(
    number: UInt32, architecture: UInt32, instruction: UInt64, arguments: [6 of UInt64]
  ) {
    self.number = number
    self.architecture = architecture
    self.instruction = instruction
    self.arguments = arguments
  }

  /// Whether the two look the same to a filter.
  package static func == (a: FilteredCall, b: FilteredCall) -> Bool {
    (0..<16).allSatisfy { a.word($0) == b.word($0) }
  }

  /// Hashes what a filter sees.
  package func hash(into hasher: inout Hasher) {
    for index in 0..<16 { hasher.combine(word(index)) }
  }

  /// One of its 16 words of 32 bits.
  func word(_ index: Int) -> UInt32 {
    switch index {
    case 0: return number
    case 1: return architecture
    case 2: return UInt32(truncatingIfNeeded: instruction)
    case 3: return UInt32(truncatingIfNeeded: instruction >> 32)
    default:
      let argument = arguments[(index - 4) / 2]
      return UInt32(truncatingIfNeeded: index & 1 == 0 ? argument : argument >> 32)
    }
  }
}

extension FilteredCall {
  /// The restart_syscall(2) by which a task that was stopped with these registers continues its
  /// wait.
  package init(restarting registers: Registers) {
    let isReady = registers.restart == .restartReady
    let instruction = registers[.rip] &+ (isReady ? 2 : 0)
    if registers.isCompat {
      self.init(
        number: 0, architecture: 0x4000_0003, instruction: instruction,
        arguments: [
          registers[.rbx], registers[.rcx], registers[.rdx], registers[.rsi], registers[.rdi],
          registers[.rbp],
        ])
    } else {
      self.init(
        number: 219, architecture: 0xc000_003e, instruction: instruction,
        arguments: [
          registers[.rdi], registers[.rsi], registers[.rdx], registers[.r10], registers[.r8],
          registers[.r9],
        ])
    }
  }
}

/// A seccomp filter as `PTRACE_SECCOMP_GET_FILTER` gives it: a program of classic BPF.
///
/// Each instruction is a `struct sock_filter` read as one word: code, jumps, and in the upper 32
/// bits its operand; see the kernel's networking/filter.rst. Allocates nothing.
package struct SeccompFilter {
  /// The length of the longest program (`BPF_MAXINSNS`).
  package static let capacity = 4096

  /// The instructions.
  package var instructions: [4096 of UInt64]
  /// How many there are.
  package var count: Int

  /// An empty program.
  package init() {
    instructions = .init(repeating: 0)
    count = 0
  }

  /// Whether the call is executed as without a filter: `SECCOMP_RET_ALLOW` or `SECCOMP_RET_LOG`.
  ///
  /// A program that is not understood counts as allowing nothing.
  package func allows(_ call: FilteredCall) -> Bool {
    guard let answer = answer(to: call) else { return false }
    let action = answer & 0xffff_0000
    return action == 0x7fff_0000 || action == 0x7ffc_0000
  }

  /// The program's answer, a `SECCOMP_RET_*` word; `nil` for a program that no kernel accepts.
  package func answer(to call: FilteredCall) -> UInt32? {
    var machine = Machine()
    var next = 0
    // All jumps go forward.
    while next < min(count, SeccompFilter.capacity) {
      let word = instructions[next]
      next += 1
      let code = UInt8(truncatingIfNeeded: word)
      guard word & 0xff00 == 0 else { return nil }
      let operand = UInt32(truncatingIfNeeded: word >> 32)
      switch code & 7 {
      case 6:
        return code == 0x06 ? operand : code == 0x16 ? machine.a : nil
      case 5:
        guard let jump = machine.jump(code, operand, word) else { return nil }
        next += jump
      default:
        guard machine.step(code, operand, call) else { return nil }
      }
    }
    return nil
  }

  private struct Machine {
    var a: UInt32 = 0
    var x: UInt32 = 0
    var memory = [16 of UInt32](repeating: 0)

    /// How far an instruction jumps.
    func jump(_ code: UInt8, _ operand: UInt32, _ word: UInt64) -> Int? {
      if code == 0x05 { return Int(operand) }
      let other = code & 8 == 0 ? operand : x
      let holds: Bool
      switch code & 0xf0 {
      case 0x10: holds = a == other
      case 0x20: holds = a > other
      case 0x30: holds = a >= other
      case 0x40: holds = a & other != 0
      default: return nil
      }
      return Int(holds ? word >> 16 & 0xff : word >> 24 & 0xff)
    }

    /// Executes an instruction that neither jumps nor returns; `false` if seccomp does not know it.
    mutating func step(_ code: UInt8, _ operand: UInt32, _ call: FilteredCall) -> Bool {
      switch code {
      case 0x20:  // ld [k]
        guard operand & 3 == 0, operand < 64 else { return false }
        a = call.word(Int(operand / 4))
      case 0x80: a = 64  // ld len
      case 0x81: x = 64  // ldx len
      case 0x00: a = operand
      case 0x01: x = operand
      case 0x60, 0x61, 0x02, 0x03:
        guard operand < 16 else { return false }
        switch code {
        case 0x60: a = memory[Int(operand)]
        case 0x61: x = memory[Int(operand)]
        case 0x02: memory[Int(operand)] = a
        default: memory[Int(operand)] = x
        }
      case 0x07: x = a
      case 0x87: a = x
      case 0x84: a = 0 &- a
      default:
        guard code & 7 == 4 else { return false }
        return calculate(code, code & 8 == 0 ? operand : x)
      }
      return true
    }

    private mutating func calculate(_ code: UInt8, _ other: UInt32) -> Bool {
      switch code & 0xf0 {
      case 0x00: a &+= other
      case 0x10: a &-= other
      case 0x20: a &*= other
      // A division by zero ends the program with 0, which kills the process.
      case 0x30: if other == 0 { return false } else { a /= other }
      case 0x40: a |= other
      case 0x50: a &= other
      case 0x60: a &<<= other
      case 0x70: a &>>= other
      case 0xa0: a ^= other
      default: return false
      }
      return true
    }
  }
}
