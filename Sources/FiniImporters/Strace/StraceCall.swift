internal import FiniModel

/// Decodes the calls by which one program traces others, as strace writes them.
enum StraceCall {
  /// The sights of a call: nearly always one.
  struct Told {
    var thing: Sight.Thing?
    var more: [Sight.Thing] = []
    /// The duration in nanoseconds, if the line has it.
    var duration: Int64?
  }

  /// What a call reports, without time and caller; empty for a call that is ignored.
  ///
  /// - Parameters:
  ///   - name: the system call.
  ///   - rest: its arguments, after the bracket.
  ///   - tracer: the task that calls.
  /// - Returns: `nil` if it is a call that must be decoded and can't be read.
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
    case UInt8(ascii: "p"): name.reads("ptrace")
    case UInt8(ascii: "w"):
      name.reads("wait4") || name.reads("waitid")
        || name.reads("waitpid")
    case UInt8(ascii: "k"): name.reads("kill")
    case UInt8(ascii: "t"): name.reads("tkill") || name.reads("tgkill")
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

  /// Reads what comes after the last argument.
  static func result(_ scanner: inout Scanner) -> Result? {
    while let next = scanner.next, next != .closeParenthesis {
      scanner.skipValue()
      // The rest of a structure that was read as far as needed.
      switch scanner.next {
      case .comma, .closeBracket, .closeBrace: scanner.at += 1
      default: break
      }
    }
    guard scanner.take(.closeParenthesis) else { return nil }
    scanner.skipBlanks()
    guard scanner.take(.equal) else { return nil }
    scanner.skipBlanks()
    var result = Result(value: 0, duration: nil)
    if scanner.take(.question) {
      // It never returned, or was to be restarted.
      scanner.skipBlanks()
      result.value = Words.error(scanner.word()).map { -Int64($0.rawValue) } ?? notReturned
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
    guard scanner.end > scanner.at, scanner.bytes[scanner.end - 1] == .greater else { return nil }
    var scanner = scanner
    var begin = scanner.end - 1
    while begin > scanner.at, scanner.bytes[begin] != .less { begin -= 1 }
    scanner.at = begin
    guard scanner.take(.less), let seconds = scanner.decimal(), seconds < 1 << 32,
      let fraction = scanner.fraction()
    else { return nil }
    return Int64(seconds) * 1_000_000_000 + fraction
  }

  // MARK: ptrace

  /// The words of a ptrace call before its result.
  private struct Request {
    var call: RequestCall
    var task = TaskID(0)
    var queued: [SignalInfo] = []
  }

  private static func request(_ scanner: inout Scanner) -> Request? {
    let request: PtraceRequest
    if let number = scanner.number() {
      request = PtraceRequest(rawValue: Int64(bitPattern: number))
    } else if let known = Words.request(scanner.word()) {
      request = known
    } else {
      return nil
    }
    scanner.skipComment()
    var found = Request(call: RequestCall(request: request))
    // The caller of PTRACE_TRACEME is itself the tracee.
    guard request != .traceMe else { return found }
    guard scanner.comma(), let tracee = scanner.value() else { return nil }
    found.task = TaskID(Int32(truncatingIfNeeded: tracee))
    if scanner.comma() { arguments(&scanner, &found.call, &found.queued) }
    return found
  }

  private static func ptrace(_ rest: Scanner) -> Told? {
    var scanner = rest
    guard let request = request(&scanner), let result = result(&scanner) else { return nil }
    var call = request.call
    call.result = result.value
    // A failed read read nothing. Only the buffer size is reported then.
    if call.error != nil, !call.isExtendedState { call.detail = .none }
    var told = Told(thing: .request(call, on: request.task), duration: result.duration)
    if call.error == nil, !request.queued.isEmpty {
      let isShared = call.request == .peekSignalInfo && call.data & 1 == 1
      told.more = request.queued.map {
        .note(
          .signal(SignalRecord(fate: .pending, info: $0, toProcess: isShared)), about: request.task)
      }
    }
    return told
  }

  // MARK: Calls without a result

  /// What `= ?` says: the kernel would start the call again, so it had not returned.
  static let notReturned: Int64 = -512

  /// A ptrace call that had not returned, as far as its text goes; `nil` if that does not name the task.
  static func begun(_ rest: Scanner) -> Sight.Thing? {
    var scanner = rest
    guard var request = request(&scanner) else { return nil }
    request.call.result = notReturned
    request.call.detail = .none
    return .request(request.call, on: request.task)
  }

  /// Whether the text of a call has a result.
  static func isWhole(_ rest: Scanner) -> Bool {
    var scanner = rest
    return result(&scanner) != nil
  }

  /// Whether the text can be the beginning of the arguments of a call that is decoded: a request, a task, or `P_PID`.
  static func isBegun(_ rest: Scanner) -> Bool {
    var scanner = rest
    if scanner.isNext("PTRACE_") || scanner.isNext("P_PID") || scanner.isNext("P_ALL") {
      return true
    }
    return scanner.value() != nil && (scanner.isAtEnd || scanner.next == .comma)
  }

  private static func arguments(
    _ scanner: inout Scanner, _ call: inout RequestCall, _ queued: inout [SignalInfo]
  ) {
    switch call.request {
    case .getRegisterSet, .setRegisterSet: registerSet(&scanner, &call)
    case .getRegisters, .setRegisters:
      registers(&scanner, &call)
      if scanner.comma() { registers(&scanner, &call) }
    case .getFloatingPoint, .setFloatingPoint, .getExtendedFloatingPoint, .setExtendedFloatingPoint:
      call.address = scanner.value() ?? 0
      if scanner.next != .openBrace { _ = scanner.comma() }
      call.detail = floatingPoint(&scanner) ?? .notSeen
    case .peekUser, .pokeUser:
      call.address = offset(&scanner) ?? 0
      if scanner.comma() { word(&scanner, &call) }
    case .peekText, .peekData, .pokeText, .pokeData:
      call.address = scanner.value() ?? 0
      if scanner.comma() { word(&scanner, &call) }
    case .getSignalMask, .setSignalMask:
      call.address = scanner.value() ?? 0
      guard scanner.comma() else { return }
      if let set = scanner.signalSet() {
        call.detail = .signalSet(set)
      } else {
        call.detail = .notSeen
      }
    case .getSignalInfo, .setSignalInfo:
      call.address = scanner.value() ?? 0
      guard scanner.comma() else { return }
      if let info = scanner.signalInfo() {
        call.detail = .signalInfo(info)
      } else {
        call.detail = .notSeen
      }
    case .peekSignalInfo: queue(&scanner, &call, &queued)
    case .getSyscallInfo: syscallInfo(&scanner, &call)
    case .cont, .singleStep, .detach, .syscall, .emulate, .emulateStep, .singleBlock:
      call.address = scanner.value() ?? 0
      guard scanner.comma() else { return }
      // A number that is no signal is what such a call is refused for.
      call.data = scanner.signal().map { UInt64($0.rawValue) } ?? scanner.value() ?? 0
    case .seize, .setOptions:
      call.address = scanner.value() ?? 0
      if scanner.comma() { call.data = options(&scanner) }
    default:
      call.address = scanner.value() ?? 0
      if scanner.comma() { word(&scanner, &call) }
    }
  }

  /// A word that was written, or in brackets a word that was read.
  private static func word(_ scanner: inout Scanner, _ call: inout RequestCall) {
    _ = scanner.take(.openBracket)
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
    _ = scanner.take(.openBracket)
    guard scanner.take("{iov_base=") else { return }
    if call.address == RegisterSet.floatingPoint, let state = floatingPoint(&scanner) {
      call.detail = state
    } else if let known = scanner.registers() {
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
    // strace never writes the bytes themselves.
    if call.address == RegisterSet.extendedState {
      call.detail = .extendedState(byteCount: count, digest: nil)
    }
  }

  /// The register sets that today's tracers use, from linux/elf.h; 0 for another one.
  private static func registerSetNumber(_ name: ArraySlice<UInt8>) -> UInt64 {
    switch String(decoding: name, as: UTF8.self) {
    case "NT_PRSTATUS": RegisterSet.general
    case "NT_FPREGSET", "NT_PRFPREG": RegisterSet.floatingPoint
    case "NT_386_TLS": 0x200
    case "NT_X86_XSTATE": RegisterSet.extendedState
    case "NT_X86_SHSTK": 0x204
    case "NT_ARM_VFP": 0x400
    case "NT_ARM_TLS": 0x401
    case "NT_ARM_HW_BREAK": RegisterSet.armBreakpoints
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

  /// `{cwd=0x37f, ..., xmm_space=[0, 0, ...]}`: strace shows some of it.
  private static func floatingPoint(_ scanner: inout Scanner) -> RequestCall.Detail? {
    guard scanner.next == .openBrace, scanner.isNext("{cwd=") else { return nil }
    let begin = scanner.at
    scanner.skipValue()
    var digest: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in scanner.bytes[begin..<scanner.at] {
      digest = (digest ^ UInt64(byte)) &* 0x100_0000_01b3
    }
    return .extendedState(byteCount: floatingPointSize, digest: digest)
  }

  /// The size of `struct user_fpregs_struct` of x86-64.
  private static let floatingPointSize: UInt64 = 512

  private static func detail(_ known: KnownRegisters) -> RequestCall.Detail {
    known.isComplete ? .registers(known.registers) : .someRegisters(known)
  }

  /// `offsetof(struct user, u_debugreg) + 56`, `8*RIP`, `0x388 /* ... */`, `856`.
  private static func offset(_ scanner: inout Scanner) -> UInt64? {
    if let number = scanner.number() {
      if scanner.take(.star), let name = Words.registers[lowercased(scanner.word())[...]] {
        let more = scanner.take(.plus) ? scanner.value() ?? 0 : 0
        return number &* UInt64(name.rawValue) &+ more
      }
      scanner.skipComment()
      return number
    }
    guard scanner.take("offsetof(struct user, ") else {
      // Older versions write only the register's name.
      return Words.registers[lowercased(scanner.word())[...]].map { UInt64($0.rawValue) * 8 }
    }
    let field = scanner.word()
    // Other fields are not distinguished: nothing here reads them.
    var found: UInt64 = field.reads("u_debugreg") ? DebugRegister.firstOffset : 0
    if scanner.take(.openBracket), let index = scanner.decimal(), index < 8 {
      found += 8 * index
      _ = scanner.take(.closeBracket)
    }
    scanner.skipValue()
    guard scanner.take(.closeParenthesis) else { return nil }
    scanner.skipBlanks()
    if scanner.take(.plus) {
      scanner.skipBlanks()
      found &+= scanner.value() ?? 0
    }
    return found
  }

  private static func lowercased(_ word: ArraySlice<UInt8>) -> [UInt8] {
    word.map { UInt8.capitals.contains($0) ? $0 | .caseBit : $0 }
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
    } while scanner.take(.bar)
    return found
  }

  private static func queue(
    _ scanner: inout Scanner, _ call: inout RequestCall, _ queued: inout [SignalInfo]
  ) {
    call.address = 0
    if scanner.next == .openBrace {
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
    guard scanner.comma(), scanner.take(.openBracket) else { return }
    while let info = scanner.signalInfo() {
      queued.append(info)
      guard scanner.comma() else { break }
    }
    scanner.skipValue()
    _ = scanner.take(.closeBracket)
  }
}

extension RequestCall {
  fileprivate var isExtendedState: Bool {
    if case .extendedState = detail { true } else { false }
  }
}
