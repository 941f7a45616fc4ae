package import FiniModel

/// What an input or a stored run has in common with another one: events that both report, and tasks.
///
/// A tracer writes into its log directly before or after an action, and strace or an observer reports the
/// action itself. From that the offset between the two clocks is found.
package struct Anchors {
  /// An event that two inputs can both report.
  private struct Landmark: Hashable {
    enum Kind: Hashable {
      case letGo, interrupted, entered
      /// A task that the tracer could not seize.
      case refused
      /// A task that the tracer seized. CRIU says so only when the task has stopped.
      case seized
    }
    var kind: Kind
    var task: TaskID

    var isExact: Bool { kind != .seized }
  }

  /// How the clock of an input is tied to that of a run.
  package struct Tie {
    /// What is added to its times, in nanoseconds.
    package var offset: Int64
    /// What that is based on.
    package var anchor: String
  }

  /// How many lines that were seen written are kept: the first ones are enough to find an offset.
  private static let mostLines = 4096

  private var times: [Landmark: [Int64]] = [:]
  /// When a line of a tracer's log was written, by its text; `nil` for one that comes twice.
  private var lines: [Int: Int64?] = [:]
  /// Every task that is named.
  private(set) var tasks: Set<TaskID> = []
  private(set) var first: Int64?
  private(set) var last: Int64?

  /// Nothing is known yet.
  package init() {}

  /// Takes the next sight of an input.
  mutating func observe(_ sight: Sight) {
    name(sight.tracer)
    switch sight.thing {
    case .request(_, let task), .note(_, let task), .openWait(let task): name(task)
    case .wait(let call): name(call)
    case .tracerEnded: break
    }
    guard let time = sight.entered, !sight.isUntimed else { return }
    pass(time)
    switch sight.thing {
    case .request(let call, let task): observe(call, task, time)
    case .note(.log(let record), let task):
      observe(record, task, time)
      if let text = sight.text { observe(line: text, at: time) }
    default: break
    }
  }

  /// Takes the next event of a stored run.
  package mutating func observe(_ event: Event) {
    name(event.tracer)
    name(event.tracee)
    // A look at the state of a process is none of the tracer's doings.
    guard event.kind != .snapshot, event.hasOwnTime else { return }
    let time = Int64(bitPattern: event.entered.rawValue)
    pass(time)
    switch event.payload {
    case .request(let call): observe(call, event.tracee, time)
    case .log(let record): observe(record, event.tracee, time)
    default: break
    }
  }

  /// Takes a line of a tracer's log that is in a stored run.
  package mutating func observe(line text: String, at time: Int64) {
    let key = Anchors.key(of: text)
    if lines[key] != nil {
      lines[key] = .some(nil)
    } else if lines.count < Anchors.mostLines {
      lines[key] = time
    }
  }

  /// What stands for a line's text.
  package static func key(of text: String) -> Int { text.hashValue }

  private mutating func pass(_ time: Int64) {
    first = first ?? time
    last = max(last ?? time, time)
  }

  private mutating func name(_ task: TaskID) { if task.rawValue > 0 { tasks.insert(task) } }

  private mutating func name(_ call: WaitCall) {
    name(call.target)
    if call.result > 0 { name(TaskID(Int32(truncatingIfNeeded: call.result))) }
  }

  private mutating func observe(_ call: RequestCall, _ task: TaskID, _ time: Int64) {
    let isSeizing = call.request == .seize || call.request == .attach
    guard call.error == nil else {
      if isSeizing { add(.refused, task, time) }
      return
    }
    if isSeizing { add(.seized, task, time) }
    if call.request == .detach { add(.letGo, task, time) }
    if call.request == .interrupt { add(.interrupted, task, time) }
    if call.request.kind == .registersRead, let number = call.knownRegisters?[.origRAX],
      CallNumber(number).isSigreturn
    {
      add(.entered, task, time)
    }
  }

  private mutating func observe(_ record: LogRecord, _ task: TaskID, _ time: Int64) {
    switch record.fact {
    case .letGo: add(.letGo, task, time)
    case .waitsForTrap: add(.interrupted, task, time)
    case .willExecute(let number, let required) where number == required:
      add(.entered, task, time)
    case .seizeRefused: add(.refused, task, time)
    case .isSeized: add(.seized, task, time)
    default: break
    }
  }

  private mutating func add(_ kind: Landmark.Kind, _ task: TaskID, _ time: Int64) {
    let mark = Landmark(kind: kind, task: task)
    // The last ones of a task belong to its fini. So a huge trace need not be kept whole.
    times[mark, default: []].append(time)
    if let count = times[mark]?.count, count > 64 { times[mark]?.removeFirst() }
  }

  // MARK: Two of them

  /// Whether an event, or else a task, is in both.
  package func hasCommon(with other: Anchors) -> Bool {
    tie(to: other) != nil || !tasks.isDisjoint(with: other.tasks)
  }

  /// How the other's clock is tied to this one; `nil` without an event that both report.
  package func tie(to other: Anchors) -> Tie? {
    // The write of a line is seen at the line's own time. Then what is written next to an action.
    for found in [commonLines(other), common(other) { $0.isExact }, common(other) { !$0.isExact }] {
      guard let low = found.first, let high = found.last else { continue }
      let digits = (Double(high - low) / 1e6 * 1000).rounded() / 1000
      return Tie(
        offset: found[found.count / 2],
        anchor: "\(found.count) common \(found.count == 1 ? "event" : "events")"
          + (found.count == 1 ? "" : ", \(digits) ms apart at most"))
    }
    return nil
  }

  /// How it is tied where nothing is in both: both are taken to end together.
  package func tieAtEnd(to other: Anchors) -> Tie {
    guard let last, let its = other.last else {
      return Tie(offset: 0, anchor: "no times to align by")
    }
    return Tie(offset: last - its, anchor: "no common event: aligned at their last lines")
  }

  private func commonLines(_ other: Anchors) -> [Int64] {
    lines.compactMap { text, time in
      guard let time, let its = other.lines[text] ?? nil else { return nil }
      return time - its
    }.sorted()
  }

  private func common(_ other: Anchors, _ counts: (Landmark) -> Bool) -> [Int64] {
    var found: [Int64] = []
    for (mark, mine) in times where counts(mark) {
      guard let theirs = other.times[mark] else { continue }
      for (own, its) in zip(mine.reversed(), theirs.reversed()) { found.append(own - its) }
    }
    return found.sorted()
  }
}
