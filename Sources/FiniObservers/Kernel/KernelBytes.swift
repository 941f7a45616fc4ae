internal import FiniModel

// What the kernel writes into memory, read from bytes. Everything is little-endian, and what is not
// there reads as `nil`, never as a trap.

extension ArraySlice<UInt8> {
  /// Eight bytes at an offset from the start.
  func word(at offset: Int) -> UInt64? {
    guard offset >= 0, count >= offset + 8 else { return nil }
    var word: UInt64 = 0
    for index in (0..<8).reversed() { word = word << 8 | UInt64(self[startIndex + offset + index]) }
    return word
  }

  /// Four bytes at an offset from the start.
  func half(at offset: Int) -> UInt32? {
    guard offset >= 0, count >= offset + 4 else { return nil }
    var word: UInt32 = 0
    for index in (0..<4).reversed() { word = word << 8 | UInt32(self[startIndex + offset + index]) }
    return word
  }

  /// The same with a sign.
  func number(at offset: Int) -> Int32? { half(at: offset).map { Int32(bitPattern: $0) } }
}

extension SignalInfo {
  /// Reads a siginfo_t of a 64-bit kernel; see sigaction(2).
  init?(bytes: ArraySlice<UInt8>) {
    guard let signal = bytes.number(at: 0), let code = bytes.number(at: 8) else { return nil }
    self.init(
      signal: signal, code: code, pid: bytes.number(at: 16) ?? 0, uid: bytes.half(at: 20) ?? 0,
      address: bytes.word(at: 16) ?? 0, value: bytes.word(at: 24) ?? 0)
  }

  /// The same where the number is known anyway; without bytes nothing is known of the rest.
  init(bytes: ArraySlice<UInt8>, of number: UInt64) {
    if let info = SignalInfo(bytes: bytes) {
      self = info
    } else {
      self.init(signal: Signal(rawValue: Int32(truncatingIfNeeded: number)), code: .unknown)
    }
  }
}

extension Registers {
  /// Reads the registers of NT_PRSTATUS: 27 words of a 64-bit task, or 17 halves of a 32-bit one.
  init?(regset bytes: ArraySlice<UInt8>) {
    self.init()
    switch bytes.count {
    case 216:
      for index in 0..<Registers.count { words[index] = bytes.word(at: index * 8) ?? 0 }
    case 68:
      // The order of user_regs_struct32; see <asm/user_32.h>.
      let order: [Name] = [
        .rbx, .rcx, .rdx, .rsi, .rdi, .rbp, .rax, .ds, .es, .fs, .gs, .origRAX, .rip, .cs, .eflags,
        .rsp, .ss,
      ]
      for (index, name) in order.enumerated() {
        let half = bytes.half(at: index * 4) ?? 0
        // An error, and "in no call", are negative.
        let isSigned = name == .rax || name == .origRAX
        self[name] =
          isSigned ? UInt64(bitPattern: Int64(Int32(bitPattern: half))) : UInt64(half)
      }
    default:
      return nil
    }
  }

  /// Reads the kernel's own pt_regs: the first 21 words; the rest is zero.
  init?(kernel bytes: ArraySlice<UInt8>) {
    guard bytes.count >= 168 else { return nil }
    self.init()
    for index in 0..<21 { words[index] = bytes.word(at: index * 8) ?? 0 }
  }
}

extension SyscallInfo {
  /// Reads a struct ptrace_syscall_info; see PTRACE_GET_SYSCALL_INFO in ptrace(2).
  init?(bytes: ArraySlice<UInt8>) {
    guard let first = bytes.first, let pointer = bytes.word(at: 8), let stack = bytes.word(at: 16)
    else { return nil }
    let operation = Operation(rawValue: first)
    self.init(
      operation: operation,
      abi: bytes.half(at: 4).flatMap { SystemCallABI(auditArchitecture: $0) },
      number: operation == .entry || operation == .seccomp ? bytes.word(at: 24) : nil,
      result: operation == .exit ? bytes.word(at: 24).map { Int64(bitPattern: $0) } : nil,
      instructionPointer: RemoteAddress(pointer), stackPointer: RemoteAddress(stack))
  }
}

extension SequenceArea {
  /// Reads a struct ptrace_rseq_configuration; see PTRACE_GET_RSEQ_CONFIGURATION in ptrace(2).
  init?(bytes: ArraySlice<UInt8>) {
    guard let address = bytes.word(at: 0), let size = bytes.half(at: 8),
      let signature = bytes.half(at: 12)
    else { return nil }
    self.init(address: RemoteAddress(address), byteCount: size, signature: signature)
  }
}
