internal import FiniModel

/// Decodes the calls by which one program traces others, as strace writes them.
enum StraceCall {
  /// What a call tells: nearly always one thing.
  struct Told {
    var thing: Sight.Thing?
    var more: [Sight.Thing] = []
    /// In nanoseconds, if the line says.
    var duration: Int64?
  }

  /// What a call tells, without when and by whom; empty for a call that is of no use here.
  ///
  /// - Parameters:
  ///   - name: the system call.
  ///   - rest: its arguments, behind the bracket.
  ///   - tracer: the task that calls.
  /// - Returns: `nil` if it is one of ours and cannot be read.
  static func told(_ name: ArraySlice<UInt8>, _ rest: Scanner, tracer: TaskID) -> Told? {
    if name.reads("ptrace") { return ptrace(rest) }
    if name.reads("wait4") || name.reads("waitpid") { return wait(rest) }
    if name.reads("waitid") { return waitid(rest) }
    if name.reads("kill") { return kill(rest, .user, tracer, takesThread: false) }
    if name.reads("tkill") {
      return kill(rest, .threadKill, tracer, takesThread: false)
    }
    if name.reads("tgkill") {
      return kill(rest, .threadKill, tracer, takesThread: true)
    }
    return Told()
  }

  /// Whether a call by this name is decoded.
  static func isOurs(_ name: ArraySlice<UInt8>) -> Bool {
    switch name.first {
    case 0x70: name.reads("ptrace")
    case 0x77:
      name.reads("wait4") || name.reads("waitid")
        || name.reads("waitpid")
    case 0x6b: name.reads("kill")
    case 0x74: name.reads("tkill") || name.reads("tgkill")
    default: false
    }
  }

  // MARK: The result

  /// `) = 0`, `) = -1 ESRCH (No such process) <0.000012>`, `) = ?`.
  struct Result {
    /// The kernel's own: negative for an error.
    var value: Int64
    /// The duration in nanoseconds (`-T`).
    var duration: Int64?
  }

  /// Reads what stands behind the last argument.
  static func result(_ scanner: inout Scanner) -> Result? {
    while let next = scanner.next, next != 0x29 {
      scanner.skipValue()
      // What is left of a structure that was read as far as it matters.
      switch scanner.next {
      case 0x2c, 0x5d, 0x7d: scanner.at += 1
      default: break
      }
    }
    guard scanner.take(0x29) else { return nil }
    scanner.skipBlanks()
    guard scanner.take(0x3d) else { return nil }
    scanner.skipBlanks()
    var result = Result(value: 0, duration: nil)
    if scanner.take(0x3f) {
      // It never returned, or was to be restarted.
      scanner.skipBlanks()
      result.value = -Int64(Words.error(scanner.word())?.rawValue ?? 512)
    } else {
      guard let value = scanner.number() else { return nil }
      result.value = Int64(bitPattern: value)
      scanner.skipBlanks()
      if result.value == -1 {
        if scanner.take("(errno "), let number = scanner.decimal() {
          result.value = -Int64(clamping: number)
        } else if let error = Words.error(scanner.word()) {
          result.value = -Int64(error.rawValue)
        }
      }
    }
    result.duration = duration(scanner)
    return result
  }

  private static func duration(_ scanner: Scanner) -> Int64? {
    guard scanner.end > scanner.at, scanner.bytes[scanner.end - 1] == 0x3e else { return nil }
    var scanner = scanner
    var begin = scanner.end - 1
    while begin > scanner.at, scanner.bytes[begin] != 0x3c { begin -= 1 }
    scanner.at = begin
    guard scanner.take(0x3c), let seconds = scanner.decimal(), seconds < 1 << 32,
      let fraction = scanner.fraction()
    else { return nil }
    return Int64(seconds) * 1_000_000_000 + fraction
  }

  // MARK: ptrace

  private static func ptrace(_ rest: Scanner) -> Told? {
    var scanner = rest
    let request: PtraceRequest
    if let number = scanner.number() {
      request = PtraceRequest(rawValue: Int64(bitPattern: number))
    } else if let known = Words.request(scanner.word()) {
      request = known
    } else {
      return nil
    }
    scanner.skipComment()
    guard request.rawValue != 0 else {
      // PTRACE_TRACEME has no tracee but its caller.
      guard let result = result(&scanner) else { return nil }
      return Told(
        thing: .request(RequestCall(request: request, result: result.value), on: TaskID(0)),
        duration: result.duration)
    }
    guard scanner.comma(), let tracee = scanner.value() else { return nil }
    var call = RequestCall(request: request)
    var queued: [SignalInfo] = []
    if scanner.comma() { arguments(&scanner, &call, &queued) }
    guard let result = result(&scanner) else { return nil }
    call.result = result.value
    let task = TaskID(Int32(truncatingIfNeeded: tracee))
    // What was to be read was not; how much room there was for it is told all the same.
    if call.error != nil, !call.isExtendedState { call.detail = .none }
    var told = Told(thing: .request(call, on: task), duration: result.duration)
    if call.error == nil, !queued.isEmpty {
      let isShared = call.request == .peekSignalInfo && call.data & 1 == 1
      told.more = queued.map {
        .note(.signal(SignalRecord(fate: .pending, info: $0, toProcess: isShared)), about: task)
      }
    }
    return told
  }

  private static func arguments(
    _ scanner: inout Scanner, _ call: inout RequestCall, _ queued: inout [SignalInfo]
  ) {
    switch call.request.rawValue {
    case 0x4204, 0x4205: registerSet(&scanner, &call)
    case 12, 13:
      registers(&scanner, &call)
      if scanner.comma() { registers(&scanner, &call) }
    case 3, 6:
      call.address = offset(&scanner) ?? 0
      if scanner.comma() { word(&scanner, &call) }
    case 1, 2, 4, 5:
      call.address = scanner.value() ?? 0
      if scanner.comma() { word(&scanner, &call) }
    case 0x420a, 0x420b:
      call.address = scanner.value() ?? 0
      guard scanner.comma() else { return }
      if let set = scanner.signalSet() {
        call.detail = .signalSet(set)
      } else {
        call.detail = .notSeen
      }
    case 0x4202, 0x4203:
      call.address = scanner.value() ?? 0
      guard scanner.comma() else { return }
      if let info = scanner.signalInfo() {
        call.detail = .signalInfo(info)
      } else {
        call.detail = .notSeen
      }
    case 0x4209: queue(&scanner, &call, &queued)
    case 0x420e: syscallInfo(&scanner, &call)
    case 7, 9, 17, 24, 31, 32, 33:
      call.address = scanner.value() ?? 0
      if scanner.comma() { call.data = scanner.signal().map { UInt64($0.rawValue) } ?? 0 }
    case 0x4206, 0x4200:
      call.address = scanner.value() ?? 0
      if scanner.comma() { call.data = options(&scanner) }
    default:
      call.address = scanner.value() ?? 0
      if scanner.comma() { word(&scanner, &call) }
    }
  }

  /// A word that was written, or in brackets one that was read.
  private static func word(_ scanner: inout Scanner, _ call: inout RequestCall) {
    _ = scanner.take(0x5b)
    if let value = scanner.value() { call.data = value } else { call.detail = .notSeen }
  }

  private static func registerSet(_ scanner: inout Scanner, _ call: inout RequestCall) {
    if let type = scanner.number() {
      call.address = type
      scanner.skipComment()
    } else {
      call.address = registerSetNumber(scanner.word())
    }
    call.detail = .notSeen
    guard scanner.comma() else { return }
    _ = scanner.take(0x5b)
    guard scanner.take("{iov_base=") else { return }
    if let known = scanner.registers() {
      call.detail = detail(known)
    } else {
      scanner.skipValue()
    }
    guard scanner.comma(), scanner.take("iov_len="), let asked = scanner.value() else { return }
    var count = asked
    scanner.skipBlanks()
    if scanner.take("=>") {
      scanner.skipBlanks()
      count = scanner.value() ?? asked
    }
    // The bytes themselves are never written down.
    if call.address == 0x202 { call.detail = .extendedState(byteCount: count, digest: 0) }
  }

  /// The register sets that tracers of today use, from linux/elf.h; 0 for another.
  private static func registerSetNumber(_ name: ArraySlice<UInt8>) -> UInt64 {
    switch String(decoding: name, as: UTF8.self) {
    case "NT_PRSTATUS": 1
    case "NT_FPREGSET", "NT_PRFPREG": 2
    case "NT_386_TLS": 0x200
    case "NT_X86_XSTATE": 0x202
    case "NT_X86_SHSTK": 0x204
    case "NT_ARM_VFP": 0x400
    case "NT_ARM_TLS": 0x401
    case "NT_ARM_HW_BREAK": 0x402
    case "NT_ARM_HW_WATCH": 0x403
    case "NT_ARM_SYSTEM_CALL": 0x404
    default: 0
    }
  }

  private static func registers(_ scanner: inout Scanner, _ call: inout RequestCall) {
    if let known = scanner.registers() {
      call.detail = detail(known)
    } else if call.detail == .none, let word = scanner.value(), word != 0 {
      call.detail = .notSeen
    }
  }

  private static func detail(_ known: KnownRegisters) -> RequestCall.Detail {
    known.isComplete ? .registers(known.registers) : .someRegisters(known)
  }

  /// `offsetof(struct user, u_debugreg) + 56`, `8*RIP`, `0x388 /* ... */`, `856`.
  private static func offset(_ scanner: inout Scanner) -> UInt64? {
    if let number = scanner.number() {
      if scanner.take(0x2a), let name = Words.registers[lowercased(scanner.word())[...]] {
        let more = scanner.take(0x2b) ? scanner.value() ?? 0 : 0
        return number &* UInt64(name.rawValue) &+ more
      }
      scanner.skipComment()
      return number
    }
    guard scanner.take("offsetof(struct user, ") else {
      // Older ones write the register's name alone.
      return Words.registers[lowercased(scanner.word())[...]].map { UInt64($0.rawValue) * 8 }
    }
    let field = scanner.word()
    // Other fields are not told apart: nothing here reads them.
    var found: UInt64 = field.reads("u_debugreg") ? DebugRegister.firstOffset : 0
    if scanner.take(0x5b), let index = scanner.decimal(), index < 8 {
      found += 8 * index
      _ = scanner.take(0x5d)
    }
    scanner.skipValue()
    guard scanner.take(0x29) else { return nil }
    scanner.skipBlanks()
    if scanner.take(0x2b) {
      scanner.skipBlanks()
      found &+= scanner.value() ?? 0
    }
    return found
  }

  private static func lowercased(_ word: ArraySlice<UInt8>) -> [UInt8] {
    word.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }
  }

  private static let optionNames = NameTable<UInt64>([
    "PTRACE_O_TRACESYSGOOD": 1, "PTRACE_O_TRACEFORK": 2, "PTRACE_O_TRACEVFORK": 4,
    "PTRACE_O_TRACECLONE": 8, "PTRACE_O_TRACEEXEC": 16, "PTRACE_O_TRACEVFORKDONE": 32,
    "PTRACE_O_TRACEEXIT": 64, "PTRACE_O_TRACESECCOMP": 128, "PTRACE_O_EXITKILL": 1 << 20,
    "PTRACE_O_SUSPEND_SECCOMP": 1 << 21,
  ])

  private static func options(_ scanner: inout Scanner) -> UInt64 {
    var found: UInt64 = 0
    repeat {
      if let number = scanner.value() {
        found |= number
      } else {
        found |= optionNames[scanner.word()] ?? 0
      }
    } while scanner.take(0x7c)
    return found
  }

  private static func queue(
    _ scanner: inout Scanner, _ call: inout RequestCall, _ queued: inout [SignalInfo]
  ) {
    call.address = 0
    if scanner.next == 0x7b {
      var inner = scanner
      scanner.skipValue()
      if let place = inner.find("flags="), place < scanner.at {
        inner.at = place + 6
        let isShared =
          inner.number().map { $0 & 1 == 1 } ?? inner.isNext("PTRACE_PEEKSIGINFO_SHARED")
        call.data = isShared ? 1 : 0
      }
    } else {
      call.address = scanner.value() ?? 0
    }
    guard scanner.comma(), scanner.take(0x5b) else { return }
    while let info = scanner.signalInfo() {
      queued.append(info)
      guard scanner.comma() else { break }
    }
    scanner.skipValue()
    _ = scanner.take(0x5d)
  }

  private static func syscallInfo(_ scanner: inout Scanner, _ call: inout RequestCall) {
    call.address = scanner.value() ?? 0
    call.detail = .notSeen
    guard scanner.comma(), scanner.next == 0x7b else { return }
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
    if var place = field("instruction_pointer="), let word = place.number() {
      info.instructionPointer = RemoteAddress(word)
    }
    if var place = field("stack_pointer="), let word = place.number() {
      info.stackPointer = RemoteAddress(word)
    }
    if var place = field("nr=") { info.number = place.number() ?? number(place) }
    if var place = field("rval=") { info.result = place.number().map { Int64(bitPattern: $0) } }
    call.detail = .syscall(info)
  }

  /// `__NR_rt_sigreturn`.
  private static func number(_ scanner: Scanner) -> UInt64? {
    var scanner = scanner
    guard scanner.take("__NR_") else { return nil }
    return SyscallNumber.number(named: String(decoding: scanner.word(), as: UTF8.self))
  }
}

extension RequestCall {
  fileprivate var isExtendedState: Bool {
    if case .extendedState = detail { true } else { false }
  }
}
