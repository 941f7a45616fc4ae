internal import FiniModel

/// Finds the offset between two inputs' clocks, from events that both report.
///
/// A tracer writes into its log directly before or after an action, and strace reports the action
/// itself.
struct Anchors {
  /// An event that two inputs can both report.
  private struct Landmark: Hashable {
    enum Kind: Hashable { case letGo, interrupted, entered }
    var kind: Kind
    var task: TaskID
  }

  private var times: [Landmark: [Int64]] = [:]
  private(set) var first: Int64?
  private(set) var last: Int64?

  mutating func observe(_ sight: Sight) {
    guard let time = sight.entered else { return }
    first = first ?? time
    last = time
    switch sight.thing {
    case .request(let call, let task) where call.error == nil:
      if call.request == .detach { add(.letGo, task, time) }
      if call.request == .interrupt { add(.interrupted, task, time) }
      if call.request.kind == .registersRead, let number = call.knownRegisters?[.origRAX],
        CallNumber(number).isSigreturn
      {
        add(.entered, task, time)
      }
    case .note(.log(let record), let task):
      switch record.fact {
      case .letGo: add(.letGo, task, time)
      case .waitsForTrap: add(.interrupted, task, time)
      case .willExecute(let number, let required) where number == required:
        add(.entered, task, time)
      default: break
      }
    default: break
    }
  }

  private mutating func add(_ kind: Landmark.Kind, _ task: TaskID, _ time: Int64) {
    let mark = Landmark(kind: kind, task: task)
    // The last ones of a task belong to its fini. So a huge trace need not be kept whole.
    times[mark, default: []].append(time)
    if let count = times[mark]?.count, count > 64 { times[mark]?.removeFirst() }
  }

  /// The offset to add to the other's times to get these, and what it is based on.
  func offset(of other: Anchors) -> (offset: Int64, anchor: String) {
    var found: [Int64] = []
    for (mark, mine) in times {
      guard let theirs = other.times[mark] else { continue }
      for (own, its) in zip(mine.reversed(), theirs.reversed()) { found.append(own - its) }
    }
    found.sort()
    if let low = found.first, let high = found.last {
      let middle = found[found.count / 2]
      let spread = Double(high - low) / 1e6
      let digits = (spread * 1000).rounded() / 1000
      return (
        middle,
        "\(found.count) common \(found.count == 1 ? "event" : "events")"
          + (found.count == 1 ? "" : ", \(digits) ms apart at most")
      )
    }
    if let last, let its = other.last {
      return (last - its, "no common event: aligned at their last lines")
    }
    return (0, "no times to align by")
  }
}
