internal import FiniModel

/// Waits, and the signals that a tracer sends.
extension StraceCall {
  static func wait(_ rest: Scanner) -> Told? {
    var scanner = rest
    guard let target = scanner.value(), scanner.comma() else { return nil }
    let status = scanner.waitStatus()
    scanner.skipValue()
    var options: UInt32 = 0
    if scanner.comma() { options = waitOptions(&scanner) }
    guard let result = result(&scanner) else { return nil }
    return Told(
      thing: .wait(
        WaitCall(
          target: TaskID(Int32(truncatingIfNeeded: target)), options: options,
          result: result.value, status: result.value > 0 ? status : nil)),
      duration: result.duration)
  }

  private static let waitOptionNames = NameTable<UInt32>([
    "WNOHANG": 1, "WUNTRACED": 2, "WSTOPPED": 2, "WEXITED": 4, "WCONTINUED": 8,
    "WNOWAIT": 0x0100_0000, "__WNOTHREAD": 0x2000_0000, "__WALL": 0x4000_0000,
    "__WCLONE": 0x8000_0000,
  ])

  private static func waitOptions(_ scanner: inout Scanner) -> UInt32 {
    var found: UInt32 = 0
    repeat {
      if let number = scanner.value() {
        found |= UInt32(truncatingIfNeeded: number)
      } else {
        found |= waitOptionNames[scanner.word()] ?? 0
      }
    } while scanner.take(.bar)
    return found
  }

  /// The task that the text of a wait names; -1 for any.
  static func target(_ scanner: inout Scanner, of name: ArraySlice<UInt8>) -> Int32 {
    if name.reads("waitid") {
      guard scanner.isNext("P_PID") || scanner.next == .digit0 + 1 else { return -1 }
      scanner.skipValue()
      guard scanner.comma() else { return -1 }
    }
    return scanner.number().map { Int32(truncatingIfNeeded: $0) } ?? -1
  }

  /// waitid(P_PID, 7, {si_signo=SIGCHLD, si_code=CLD_TRAPPED, si_pid=7, si_status=SIGTRAP}, ...) = 0.
  static func waitid(_ rest: Scanner) -> Told? {
    var scanner = rest
    let isForAll = scanner.isNext("P_ALL") || scanner.next == .digit0
    scanner.skipValue()
    guard scanner.comma(), let target = scanner.value(), scanner.comma() else { return nil }
    let info = scanner.signalInfo()
    scanner.skipValue()
    var options: UInt32 = 0
    if scanner.comma() { options = waitOptions(&scanner) }
    guard let result = result(&scanner) else { return nil }
    var call = WaitCall(
      target: TaskID(isForAll ? -1 : Int32(truncatingIfNeeded: target)), options: options,
      result: result.value)
    if result.value == 0, let info, let task = info.sender {
      call.result = Int64(task.rawValue)
      call.status = info.childStatus?.rawValue
    }
    return Told(thing: .wait(call), duration: result.duration)
  }

  // MARK: Signals that the tracer sends

  static func kill(
    _ rest: Scanner, _ code: SignalCode, _ tracer: TaskID, takesThread: Bool
  ) -> Told? {
    var scanner = rest
    guard var target = scanner.value(), scanner.comma() else { return nil }
    if takesThread {
      guard let thread = scanner.value(), scanner.comma() else { return nil }
      target = thread
    }
    guard let signal = scanner.signal(), let result = result(&scanner) else { return nil }
    // Signal 0 only checks whether the task exists.
    guard signal.rawValue > 0, result.value == 0 else { return Told() }
    let info = SignalInfo(signal: signal, code: code, sender: tracer)
    return Told(
      thing: .note(
        .signal(SignalRecord(fate: .generated, info: info, toProcess: code == .user)),
        about: TaskID(Int32(truncatingIfNeeded: target))),
      duration: result.duration)
  }
}
