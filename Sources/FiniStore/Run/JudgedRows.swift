import FiniModel
import GRDB

/// Puts what the events of a run's tasks prove into its tables, and takes it out
/// again (JudgedRows+Reading.swift). It judges nothing.
struct JudgedRows {
  /// The number of the tracee that a run begins with: the subject of a run that names no other.
  static let firstTracee: Int64 = 1

  static let tables = [
    "judgement", "evidence", "intervention", "finding", "phase", "signal_history",
  ]

  let run: Int64
  /// What the times of events count from.
  let started: Int64
  let database: Database

  init(of run: Int64, in database: Database) throws {
    self.run = run
    self.database = database
    started =
      try Int64.fetchOne(
        database, sql: "SELECT started_monotonic_ns FROM run WHERE number = ?", arguments: [run])
      ?? 0
  }

  /// Keeps a judgement, in place of an earlier one of the same task.
  func insert(_ judged: JudgedTask, task: Int64) throws {
    for table in JudgedRows.tables {
      try database.cachedStatement(sql: "DELETE FROM \(table) WHERE run = ? AND task = ?")
        .execute(arguments: [run, task])
    }
    let judgement = judged.judgement
    let costs = judged.costs
    try insert(
      into: "judgement",
      [
        run, task, judgement.verdict.rawValue, judgement.caught?.rawValue, judgement.summary,
        judged.events?.lowerBound, judged.events?.upperBound, costs.calls, costs.stops,
        costs.signals, costs.frozen, costs.fini?.first, costs.fini?.last, costs.fini?.calls,
        costs.fini?.stops, costs.fini?.duration,
        judged.blob.map { Int64(bitPattern: $0.start.rawValue) },
        judged.blob.map { Int64(bitPattern: $0.end.rawValue) }, judged.isLetGo,
      ])
    for (number, evidence) in judgement.evidence.enumerated() {
      try insert(
        into: "evidence",
        [
          run, task, number, evidence.event, judged.moments[evidence.event].map(time),
          evidence.reason,
        ])
    }
    if let intervention = judgement.intervention {
      try insert(
        into: "intervention",
        [
          run, task, intervention.stop, intervention.stopClass.code,
          intervention.signal?.rawValue,
        ] + words(intervention.info) + [intervention.pendingSince])
    }
    for (number, finding) in judgement.findings.enumerated() {
      try insert(
        into: "finding",
        [
          run, task, number, finding.kind.rawValue, finding.kind.isFailure, finding.event,
          finding.sentence,
        ])
    }
    for span in judged.phases {
      try insert(
        into: "phase",
        [
          run, task, span.first, span.last, span.phase.rawValue, time(span.entered),
          time(span.left), span.calls, span.stops,
        ])
    }
    for (number, signal) in judged.signals.enumerated() {
      try insert(
        into: "signal_history",
        [
          run, task, number, signal.signal.rawValue, signal.firstSeen, signal.firstPending,
          "[" + signal.deliveryStops.map { "\($0)" }.joined(separator: ",") + "]",
          signal.fate?.rawValue, signal.fateEvent,
        ] + words(signal.info))
    }
  }

  /// Keeps the tasks that another tracer traced.
  func insert(_ tracees: [TraceeVerdict]) throws {
    guard !tracees.isEmpty else { return }
    var numbers: [Int32: Int64] = [:]
    let tasks = try Row.fetchCursor(
      database, sql: "SELECT tid, number FROM task WHERE run = ? ORDER BY number",
      arguments: [run])
    while let task = try tasks.next() { numbers[task[0]] = task[1] }
    for (number, tracee) in tracees.enumerated() {
      try insert(
        into: "tracee",
        [
          run, number, numbers[tracee.task.rawValue] ?? JudgedRows.firstTracee,
          tracee.verdict.rawValue, tracee.hasFini, tracee.isProbe,
        ])
    }
  }

  func insert(
    into table: String, _ values: [(any DatabaseValueConvertible)?]
  ) throws {
    let places = Array(repeating: "?", count: values.count).joined(separator: ", ")
    try database.cachedStatement(sql: "INSERT INTO \(table) VALUES (\(places))")
      .execute(arguments: StatementArguments(values))
  }

  func time(_ moment: Instant) -> Int64 { Int64(bitPattern: moment.rawValue) &- started }

  /// What a siginfo says besides the signal.
  private func words(_ info: SignalInfo?) -> [(any DatabaseValueConvertible)?] {
    [
      info?.code.rawValue, info?.sender?.rawValue, info?.senderUser,
      info?.value.map(Int64.init(bitPattern:)),
      info?.address.map { Int64(bitPattern: $0.rawValue) },
    ]
  }
}
