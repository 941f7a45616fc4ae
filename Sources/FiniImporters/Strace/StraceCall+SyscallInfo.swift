internal import FiniModel

/// Reads what strace writes for `PTRACE_GET_SYSCALL_INFO`.
extension StraceCall {
  static func syscallInfo(_ scanner: inout Scanner, _ call: inout RequestCall) {
    call.address = scanner.value() ?? 0
    call.detail = .notSeen
    guard scanner.comma(), scanner.next == .openBrace else { return }
    let begin = scanner
    scanner.skipValue()
    func field(_ name: StaticString) -> Scanner? {
      guard let place = begin.find(name), place < scanner.at else { return nil }
      var found = begin
      found.at = place + name.utf8CodeUnitCount
      return found
    }
    var info = SyscallInfo(
      operation: nil, instructionPointer: RemoteAddress(0), stackPointer: RemoteAddress(0))
    if var operation = field("op=") {
      if let number = operation.number() {
        info.operation = SyscallInfo.Operation(rawValue: UInt8(truncatingIfNeeded: number))
      } else if operation.isNext("PTRACE_SYSCALL_INFO_ENTRY") {
        info.operation = .entry
      } else if operation.isNext("PTRACE_SYSCALL_INFO_EXIT") {
        info.operation = .exit
      } else if operation.isNext("PTRACE_SYSCALL_INFO_SECCOMP") {
        info.operation = .seccomp
      } else {
        info.operation = SyscallInfo.Operation.none
      }
    }
    if var place = field("arch=") { info.abi = abi(&place) }
    if var place = field("instruction_pointer="), let word = place.number() {
      info.instructionPointer = RemoteAddress(word)
    }
    if var place = field("stack_pointer="), let word = place.number() {
      info.stackPointer = RemoteAddress(word)
    }
    if var place = field("nr=") { info.number = place.number() ?? number(place, &info.abi) }
    if let place = field("rval=") { info.result = returned(place) }
    call.detail = .syscall(info)
  }

  /// A result: a number, or `-ENOSYS`.
  private static func returned(_ place: Scanner) -> Int64? {
    var words = place
    if words.take("-E") {
      words = place
      words.at += 1
      return Words.error(words.word()).map { -Int64($0.rawValue) }
    }
    var number = place
    return number.number().map { Int64(bitPattern: $0) }
  }

  /// `arch=AUDIT_ARCH_X86_64`, or a number if strace has no name for it.
  private static func abi(_ scanner: inout Scanner) -> SystemCallABI? {
    if let number = scanner.number() {
      return SystemCallABI(auditArchitecture: UInt32(truncatingIfNeeded: number))
    }
    switch String(decoding: scanner.word(), as: UTF8.self) {
    case "AUDIT_ARCH_X86_64": return .x86_64
    case "AUDIT_ARCH_I386": return .i386
    case "AUDIT_ARCH_AARCH64": return .arm64
    default: return nil
    }
  }

  /// `__NR_rt_sigreturn`.
  ///
  /// Only x86-64 numbers have names here. Of the other tables, only rt_sigreturn is needed.
  private static func number(_ scanner: Scanner, _ abi: inout SystemCallABI?) -> UInt64? {
    var scanner = scanner
    guard scanner.take("__NR_") else { return nil }
    let name = String(decoding: scanner.word(), as: UTF8.self)
    switch (abi, name) {
    case (.i386, "rt_sigreturn"): return SyscallNumber.rtSigreturn32
    case (.i386, "sigreturn"): return SyscallNumber.sigreturn32
    case (.arm64, "rt_sigreturn"): return SyscallNumber.rtSigreturnARM
    case (.i386, _), (.arm64, _): return nil
    case (.x86_64, _), (nil, _):
      abi = .x86_64
      return SyscallNumber.number(named: name)
    }
  }
}
