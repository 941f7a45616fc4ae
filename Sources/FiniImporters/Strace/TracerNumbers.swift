internal import FiniModel

/// Who traces a task that the tracer could not take hold of, where it read that in `/proc/PID/status` itself.
struct TracerNumbers {
  private struct Known {
    /// The number after `TracerPid:`.
    var holder: Int32?
    var isRefused = false
    var isTaken = false
    var isTold = false
  }

  private var known: [TaskID: Known] = [:]
  /// How many tasks are followed. A log with more is one of a tracer that reads of all.
  private static let most = 4096

  /// A request: the tracer of a task that was refused, if it was read before.
  mutating func note(_ thing: Sight.Thing?) -> Sight.Thing? {
    guard case .request(let call, let task) = thing,
      call.request == .attach || call.request == .seize
    else { return nil }
    if call.error == nil { known[task, default: Known()].isTaken = true }
    if call.error == .notPermitted { known[task, default: Known()].isRefused = true }
    return told(of: task)
  }

  /// A read of a status file, as strace shows the text: `"Name:\\tt\\n...Pid:\\t4711\\n...TracerPid:\\t4712\\n..."`.
  mutating func read(_ rest: Scanner) -> Sight.Thing? {
    guard known.count < TracerNumbers.most,
      let holder = TracerNumbers.number(after: "TracerPid:\\t", rest), holder > 0,
      let task = TracerNumbers.number(after: "\\nPid:\\t", rest)
    else { return nil }
    known[TaskID(task), default: Known()].holder = holder
    return told(of: TaskID(task))
  }

  private static func number(after word: StaticString, _ rest: Scanner) -> Int32? {
    guard let place = rest.find(word) else { return nil }
    var scanner = rest
    scanner.at = place + word.utf8CodeUnitCount
    return scanner.decimal().flatMap { Int32(exactly: $0) }
  }

  /// One that holds the task itself is refused, too, when it asks again.
  private mutating func told(of task: TaskID) -> Sight.Thing? {
    guard let found = known[task], found.isRefused, !found.isTaken, !found.isTold,
      found.holder != nil
    else { return nil }
    known[task]?.isTold = true
    let record = LogRecord(
      line: 0, severity: .info, fact: .cannotBeSeized(state: UInt8(ascii: "t")))
    return .note(.log(record), about: task)
  }

  /// The words of it.
  func words(of task: TaskID) -> String { "TracerPid: \(known[task]?.holder ?? 0)" }
}
