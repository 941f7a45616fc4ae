internal import FiniModel
internal import FiniTimeline

/// Turns events into rows, passage by passage.
struct TimelineRows {
  private let outline: RunOutline
  private let style: TextStyle
  private let proof: Set<UInt32>
  private var addresses: AddressBook
  /// The signals of each task, as its last stop that was shown had them.
  private var sets: [TaskID: SignalSets] = [:]

  // Of the passage at hand.
  private var passage = Passage(events: [])
  private var ran: [UInt32: Int64] = [:]
  private var waits: [UInt32: UInt32] = [:]

  init(_ outline: RunOutline, style: TextStyle) {
    self.outline = outline
    self.style = style
    proof = Set(outline.judgement.evidence.map { $0.event })
    addresses = outline.addresses
  }

  private mutating func take(_ passage: Passage) {
    self.passage = passage
    if let blob = passage.blob { addresses = AddressBook(blob: blob) }
    ran = [:]
    waits = [:]
    for pair in passage.stops {
      if let cause = pair.cause, let duration = pair.ran { ran[cause] = duration }
      if let wait = pair.wait { waits[pair.stop] = wait }
    }
  }

  /// The rows for some events of the next passage, in order.
  mutating func rows(for events: [Event], of passage: Passage) -> [TimelineRow] {
    take(passage)
    let shown = Set(events.map { $0.sequence })
    let remote = style.showsEveryEvent ? [:] : remoteCalls(in: shown)
    var folded = style.showsEveryEvent ? [] : self.folded(in: shown)
    for call in remote.values { folded.formUnion(call.events.dropLast()) }
    let groups = style.showsEveryEvent ? [:] : SideWords(outline).groups(in: events)
    for group in groups.values { folded.formUnion(group.events.dropFirst().map { $0.sequence }) }
    var rows: [TimelineRow] = []
    for event in events where !folded.contains(event.sequence) {
      if let group = groups[event.sequence] {
        rows.append(group.row(at: outline.offset(of: event)))
        continue
      }
      guard var row = row(for: event, sets: sets[event.tracee]) else { continue }
      if let call = remote[event.sequence] { describe(call, through: event, in: &row) }
      if case .stop(let record) = event.payload {
        if let now = record.sets { sets[event.tracee] = now }
        if !style.showsEveryEvent, let wait = waits[event.sequence], folded.contains(wait),
          let call = passage.event(wait)
        {
          row.tracer = "wait"
          row.offset = outline.offset(of: call)
          row.duration = call.duration
        }
      }
      if event.tracee != outline.subject, event.tracee.rawValue > 0 {
        row.tracee.insert("[\(event.tracee)]", at: 0)
      }
      rows.append(row)
    }
    return rows
  }

  /// Remote system calls whose events are all shown, by their last event: each gets one line.
  ///
  /// A call with evidence in it is not folded: its events are shown one by one.
  private func remoteCalls(in shown: Set<UInt32>) -> [UInt32: RemoteCall] {
    var calls: [UInt32: RemoteCall] = [:]
    for call in passage.remoteCalls
    where call.events.allSatisfy({ shown.contains($0) && !proof.contains($0) }) {
      calls[call.last] = call
    }
    return calls
  }

  private func describe(_ call: RemoteCall, through last: Event, in row: inout TimelineRow) {
    guard let first = passage.event(call.first) else { return }
    row.offset = outline.offset(of: first)
    row.duration = last.left - first.entered
    let error = Errno(result: Int64(bitPattern: call.result))
    let result =
      error?.description
      ?? (call.result < 4096 ? "\(call.result)" : Hex.word(call.result))
    row.tracer =
      "remote \(SyscallNames.name(call.number)) = \(result) (\(Counted.text(call.calls, "call")))"
    row.isTrouble = error != nil
  }

  /// Waits and reads that share the line of a stop that is shown.
  private func folded(in shown: Set<UInt32>) -> Set<UInt32> {
    var folded: Set<UInt32> = []
    for pair in passage.stops where shown.contains(pair.stop) {
      guard let wait = pair.wait, shown.contains(wait) else { continue }
      folded.insert(wait)
      folded.formUnion(pair.looks)
    }
    return folded
  }

  private func row(for event: Event, sets: SignalSets?) -> TimelineRow? {
    var row = TimelineRow(
      event: event.sequence, offset: event.hasOwnTime ? outline.offset(of: event) : nil)
    row.isProof = proof.contains(event.sequence)
    switch event.payload {
    case .request(let call):
      row.duration = event.duration
      row.tracer = RequestWords { addresses.name($0) }.words(for: call)
      row.isTrouble = call.result < 0
      if call.request.resumes, call.error == nil {
        row.arrow = .toTracee
        if let ran = ran[event.sequence] { row.tracee = ["runs \(Duration.microseconds(ran)) us"] }
      }
    case .wait(let call):
      row.duration = event.duration
      describe(call, in: &row)
    case .stop(let record):
      let stops = StopWords(outline: outline, passage: passage, addresses: addresses)
      row.arrow = .toTracer
      row.tracee = stops.pieces(for: record, at: event.sequence)
      row.signals = stops.signals(for: record, after: sets, at: event.sequence)
      row.isTrouble = event.sequence == outline.judgement.intervention?.stop
    case .phase(let phase):
      // The rules between the phases are made from the events themselves.
      guard style.showsEveryEvent else { return nil }
      row.tracer = "phase \(phase.name) announced"
    default:
      OtherWords(addresses: addresses, isLetGo: outline.judged.isLetGo == true).describe(
        event, in: &row)
    }
    return row
  }

  private func describe(_ call: WaitCall, in row: inout TimelineRow) {
    row.tracer = "wait"
    if let error = call.error {
      row.tracer += " = \(error)"
      row.isTrouble = true
    } else if call.result <= 0 {
      row.tracer += " = \(call.result)"
    } else {
      row.arrow = .toTracer
      if let status = call.status { row.tracee = ["status \(Hex.word(UInt64(status)))"] }
    }
  }
}
