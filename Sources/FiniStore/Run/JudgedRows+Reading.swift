package import FiniModel
import GRDB

extension TraceFile {
  /// What the events of the run's tasks were judged to prove, by their numbers in the run; a task that was not
  /// judged, as of a run without an end, is not among them.
  ///
  /// - Parameters:
  ///   - task: the number of the only task that is wanted.
  ///   - parts: what is wanted beside the verdict, its evidence and the costs; of a long run it is much.
  /// - Throws: ``StoreError/damaged(path:detail:)``, or another that speaks of the path.
  package func judged(
    of run: Int64, task: Int64? = nil, with parts: JudgedParts = .all
  ) throws(StoreError) -> [Int64: JudgedTask] {
    try read { try JudgedRows(of: run, in: $0).judged(task: task, parts) }
  }

  /// The phases of a judged task that some events lie in, in order: the first one may have begun before them.
  ///
  /// - Parameter task: its number in the run.
  /// - Throws: ``StoreError/damaged(path:detail:)``, or another that speaks of the path.
  package func phases(
    of run: Int64, task: Int64, around events: ClosedRange<UInt32>
  ) throws(StoreError) -> [PhaseSpan] {
    try read { try JudgedRows(of: run, in: $0).phases(task: task, around: events) }
  }

  /// The events from the first to the last one of each span of these phases, in order.
  ///
  /// - Throws: ``StoreError/damaged(path:detail:)``, or another that speaks of the path.
  package func spans(
    of phases: Set<Phase>, in run: Int64, task: Int64
  ) throws(StoreError) -> [ClosedRange<UInt32>] {
    try read { try JudgedRows(of: run, in: $0).spans(of: phases, task: task) }
  }

  /// The tasks that another tracer traced in a run that was judged, in the order in which it touched them.
  ///
  /// - Throws: ``StoreError/damaged(path:detail:)``, or another that speaks of the path.
  package func tracees(of run: Int64) throws(StoreError) -> [TraceeVerdict] {
    try read { try JudgedRows(of: run, in: $0).tracees() }
  }
}

/// What is stored of a judgement, beside the verdict, its evidence and the costs.
package struct JudgedParts: OptionSet, Sendable {
  package let rawValue: Int

  package init(rawValue: Int) { self.rawValue = rawValue }

  /// The phases.
  package static let phases = JudgedParts(rawValue: 1)
  /// The signals, each with the stops at which it was delivered.
  package static let signals = JudgedParts(rawValue: 2)
  /// The signals without those stops.
  package static let senders = JudgedParts(rawValue: 4)

  /// The phases that the events of the evidence lie in.
  package static let phasesOfEvidence = JudgedParts(rawValue: 8)

  package static let all: JudgedParts = [.phases, .signals]
}

extension JudgedRows {
  /// What is kept of a task, or of all tasks that were judged, by their numbers.
  ///
  /// A judgement with a word that this version doesn't know is left out: its events tell what it was.
  func judged(
    task: Int64?, _ parts: JudgedParts = .all
  ) throws -> [Int64: JudgedTask] {
    var judged: [Int64: JudgedTask] = [:]
    try forEach("judgement", task) { row, task in
      guard let judgement = Judgement(row) else { return }
      judged[task] = JudgedTask(
        judgement: judgement, costs: Costs(row), events: row.events, blob: row.blob,
        isLetGo: row.number("let_go").map { $0 != 0 })
    }
    try forEach("evidence", task, orderedBy: "number") { row, task in
      let evidence = Evidence(event: row.sequence("sequence"), reason: row.text("reason"))
      judged[task]?.judgement.evidence.append(evidence)
      judged[task]?.moments[evidence.event] = moment(row, "entered_ns")
    }
    try forEach("intervention", task) { row, task in
      judged[task]?.judgement.intervention = Intervention(row)
    }
    try forEach("finding", task, orderedBy: "number") { row, task in
      guard let finding = Finding(row) else { return judged[task] = nil }
      judged[task]?.judgement.findings.append(finding)
    }
    if parts.contains(.phases) {
      try forEach("phase", task, orderedBy: "first_sequence") { row, task in
        guard let span = span(row) else { return judged[task] = nil }
        judged[task]?.phases.append(span)
      }
    }
    if parts.contains(.phasesOfEvidence) {
      for (task, known) in judged {
        let events = Set(known.judgement.evidence.map { $0.event })
        let spans = try events.flatMap { try phases(task: task, around: $0...$0) }
        judged[task]?.phases = Set(spans).sorted { $0.first < $1.first }
      }
    }
    if !parts.isDisjoint(with: [.signals, .senders]) {
      // The stops may be as many as the run's events.
      let columns = parts.contains(.signals) ? "*" : "*, '' AS delivery_stops"
      try forEach("signal_history", task, columns, orderedBy: "number") { row, task in
        judged[task]?.signals.append(SignalHistory(row))
      }
    }
    return judged
  }

  private func span(_ row: Cells) -> PhaseSpan? {
    guard let phase = row.byte("phase").flatMap(Phase.init(rawValue:)),
      let entered = moment(row, "entered_ns"), let left = moment(row, "left_ns")
    else { return nil }
    return PhaseSpan(
      phase: phase, first: row.sequence("first_sequence"), last: row.sequence("last_sequence"),
      entered: entered, left: left, calls: row.count("calls"), stops: row.count("stops"))
  }

  func phases(task: Int64, around events: ClosedRange<UInt32>) throws -> [PhaseSpan] {
    let rows = try Row.fetchCursor(
      database,
      sql: """
        SELECT * FROM phase WHERE run = ?1 AND task = ?2 AND first_sequence <= ?4
          AND first_sequence >= coalesce((SELECT max(first_sequence) FROM phase
            WHERE run = ?1 AND task = ?2 AND first_sequence <= ?3), 0)
        ORDER BY first_sequence
        """, arguments: [run, task, events.lowerBound, events.upperBound])
    var spans: [PhaseSpan] = []
    while let row = try rows.next() { if let span = span(Cells(row: row)) { spans.append(span) } }
    return spans
  }

  func spans(of phases: Set<Phase>, task: Int64) throws -> [ClosedRange<UInt32>] {
    let numbers = phases.map { "\($0.rawValue)" }.joined(separator: ", ")
    let rows = try Row.fetchCursor(
      database,
      sql: """
        SELECT first_sequence, (SELECT min(n.first_sequence) - 1 FROM phase n
            WHERE n.run = p.run AND n.task = p.task AND n.first_sequence > p.first_sequence)
          AS last_sequence
        FROM phase p WHERE run = ? AND task = ? AND phase IN (\(numbers)) ORDER BY first_sequence
        """, arguments: [run, task])
    var spans: [ClosedRange<UInt32>] = []
    while let row = try rows.next() {
      let cells = Cells(row: row)
      let first = cells.sequence("first_sequence")
      let last = cells.event("last_sequence") ?? .max
      if let end = spans.last?.upperBound, end < .max, end + 1 == first {
        spans[spans.count - 1] = spans[spans.count - 1].lowerBound...max(first, last)
      } else {
        spans.append(first...max(first, last))
      }
    }
    return spans
  }

  /// The tasks that another tracer traced, in the order in which it touched them.
  func tracees() throws -> [TraceeVerdict] {
    let rows = try Row.fetchCursor(
      database,
      sql: """
        SELECT t.tid, r.verdict, r.has_fini, r.is_probe FROM tracee r
        JOIN task t ON t.run = r.run AND t.number = r.task WHERE r.run = ? ORDER BY r.number
        """,
      arguments: [run])
    var tracees: [TraceeVerdict] = []
    while let row = try rows.next() {
      let cells = Cells(row: row)
      tracees.append(
        TraceeVerdict(
          task: TaskID(Int32(truncatingIfNeeded: cells.number("tid") ?? 0)),
          verdict: cells.byte("verdict").flatMap(Verdict.init(rawValue:)) ?? .undetermined,
          hasFini: cells.number("has_fini") == 1, isProbe: cells.number("is_probe") == 1))
    }
    return tracees
  }

  private func forEach(
    _ table: String, _ task: Int64?, _ columns: String = "*", orderedBy order: String = "task",
    _ body: (Cells, Int64) -> Void
  ) throws {
    let rows = try Row.fetchCursor(
      database,
      sql: "SELECT \(columns) FROM \(table) WHERE run = ?\(task == nil ? "" : " AND task = ?")"
        + " ORDER BY task, \(order)",
      arguments: task.map { [run, $0] } ?? [run])
    while let row = try rows.next() {
      let cells = Cells(row: row)
      if let task = cells.number("task") { body(cells, task) }
    }
  }

  func moment(_ row: Cells, _ column: String) -> Instant? {
    row.number(column).map { Instant(rawValue: UInt64(bitPattern: started &+ $0)) }
  }
}

/// The values of a row, whatever stands in it: a file may have been changed by hand.
struct Cells {
  let row: Row

  /// A file that was only read has not got the columns of a later version.
  func number(_ column: String) -> Int64? {
    row.hasColumn(column) ? Int64.fromDatabaseValue(row[column]) : nil
  }
  func text(_ column: String) -> String { String.fromDatabaseValue(row[column]) ?? "" }
  func byte(_ column: String) -> UInt8? { number(column).map { UInt8(truncatingIfNeeded: $0) } }
  func small(_ column: String) -> Int32? { number(column).map { Int32(truncatingIfNeeded: $0) } }
  func word(_ column: String) -> UInt64? { number(column).map { UInt64(bitPattern: $0) } }
  func count(_ column: String) -> Int { Int(number(column) ?? 0) }

  func event(_ column: String) -> UInt32? { number(column).map { UInt32(truncatingIfNeeded: $0) } }
  func sequence(_ column: String) -> UInt32 { event(column) ?? 0 }

  /// The events that were read for a judgement.
  var events: ClosedRange<UInt32>? {
    guard let first = event("first_sequence"), let last = event("last_sequence"), first <= last
    else { return nil }
    return first...last
  }

  var blob: RemoteRange? {
    guard let start = word("blob_start"), let end = word("blob_end"), start <= end else {
      return nil
    }
    return RemoteRange(start: RemoteAddress(start), end: RemoteAddress(end))
  }

  var signal: Signal? { small("signal").map { Signal(rawValue: $0) } }

  /// What was seen of the siginfo of ``signal``.
  var info: SignalInfo? {
    guard let signal, let code = small("code") else { return nil }
    return SignalInfo(
      signal: signal, code: SignalCode(rawValue: code), sender: small("sender").map { TaskID($0) },
      senderUser: number("sender_user").map { UInt32(truncatingIfNeeded: $0) },
      address: word("address").map { RemoteAddress($0) }, value: word("value"))
  }
}

extension Judgement {
  /// `nil` for a verdict that this version doesn't know.
  fileprivate init?(_ row: Cells) {
    guard let verdict = row.byte("verdict").flatMap(Verdict.init(rawValue:)) else { return nil }
    self.init(
      verdict: verdict, caught: row.byte("caught").flatMap(FiniStrategy.init(rawValue:)),
      summary: row.text("summary"))
  }
}

extension Costs {
  fileprivate init(_ row: Cells) {
    self.init()
    calls = row.count("calls")
    stops = row.count("stops")
    signals = row.count("signals")
    frozen = row.number("frozen_ns")
    guard let first = row.event("fini_first") else { return }
    fini = FiniWindow(
      first: first, last: row.sequence("fini_last"), calls: row.count("fini_calls"),
      stops: row.count("fini_stops"), duration: row.number("fini_ns") ?? 0)
  }
}

extension Intervention {
  fileprivate init(_ row: Cells) {
    self.init(
      stop: row.sequence("sequence"), stopClass: StopClass(code: row.byte("stop_class") ?? 0),
      signal: row.signal, info: row.info, pendingSince: row.event("pending_since"))
  }
}

extension Finding {
  /// `nil` for a kind that this version doesn't know.
  fileprivate init?(_ row: Cells) {
    guard let kind = Cause(rawValue: row.text("kind")) else { return nil }
    self.init(kind: kind, event: row.sequence("sequence"), sentence: row.text("sentence"))
  }
}

extension SignalHistory {
  fileprivate init(_ row: Cells) {
    self.init(row.signal ?? Signal(rawValue: 0), seenAt: row.sequence("first_seen"))
    firstPending = row.event("first_pending")
    deliveryStops = row.text("delivery_stops").split { !$0.isNumber }.compactMap { UInt32($0) }
    fate = row.byte("fate").flatMap(SignalRecord.Fate.init(rawValue:))
    fateEvent = row.event("fate_sequence")
    info = row.info
  }
}
