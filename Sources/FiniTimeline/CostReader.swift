internal import FiniModel
internal import FiniProof

/// Counts what a run cost.
struct CostReader {
  let reader: TimelineReader
  let events: [Event]

  var costs: Costs {
    var costs = Costs()
    for index in events.indices where events[index].tracee == reader.subject {
      let kind = events[index].kind
      if kind.isCall { costs.calls += 1 }
      if kind == .stop { costs.stops += 1 }
    }
    costs.signals = reader.signals.histories.count
    if let start = firstStop, let end = detached { costs.frozen = end - start }
    costs.fini = fini
    return costs
  }

  private var firstStop: Instant? {
    guard let pair = reader.stops.first else { return nil }
    if let wait = pair.wait, let event = event(wait) { return event.left }
    return event(pair.stop)?.entered
  }

  private var detached: Instant? { reader.machine.ledger.detached.flatMap { event($0)?.left } }

  /// The event that closes the window of fini.
  private var closing: UInt32? {
    let facts = reader.machine.ledger
    if (reader.machine.ledger.parked || reader.machine.ledger.caught == .direct) {
      return facts.registersWritten
    }
    if let exit = facts.sigreturnExit { return exit }
    // A hit without rt_sigreturn seen after it is complete only where it lies beyond it.
    guard facts.hit != nil, facts.sigreturnEntry == nil,
      reader.machine.ledger.catchesBeyondSigreturn
    else { return nil }
    return facts.disarmed
  }

  private var fini: FiniWindow? {
    guard let first = reader.machine.ledger.interrupt, let last = closing, first < last,
      let begin = event(first), let closing = event(last)
    else { return nil }
    let pair = reader.stops.first { $0.stop == last }
    let end = pair?.wait.flatMap { event($0) } ?? closing
    var window = FiniWindow(first: first, last: last)
    let looks = Set(pair?.looks ?? [])
    guard let begins = events.place(of: first), let ends = events.place(of: last) else {
      return nil
    }
    for event in events[begins...ends] {
      guard event.tracee == reader.subject, !looks.contains(event.sequence) else { continue }
      if event.kind.isCall { window.calls += 1 }
      if event.kind == .stop { window.stops += 1 }
    }
    window.duration = end.left - begin.entered
    return window
  }

  private func event(_ sequence: UInt32) -> Event? {
    events.place(of: sequence).map { events[$0] }
  }
}
