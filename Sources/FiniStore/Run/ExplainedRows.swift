package import FiniModel
import GRDB

/// Puts what was found wrong in a run into its tables, and takes it out again. It finds nothing itself.
struct ExplainedRows {
  static let tables = ["explanation", "diagnosis", "diagnosis_event", "diagnosis_advice"]

  /// What an event is to a diagnosis that names it; the words are part of the schema.
  private enum Role: String, CaseIterable {
    case evidence, consequence, later

    var place: WritableKeyPath<Diagnosis, [Evidence]> {
      switch self {
      case .evidence: \.evidence
      case .consequence: \.consequences
      case .later: \.later
      }
    }
  }

  /// What a sentence of a diagnosis is for; the words are part of the schema.
  private enum Use: String, CaseIterable {
    case advice, collect

    var place: WritableKeyPath<Diagnosis, [String]> {
      switch self {
      case .advice: \.advice
      case .collect: \.collect
      }
    }
  }

  private let rows: JudgedRows

  init(_ rows: JudgedRows) { self.rows = rows }

  private var run: Int64 { rows.run }

  /// Keeps what was found, in place of what was found before.
  func insert(_ found: ExplainedRun, by tool: String) throws {
    for table in ExplainedRows.tables {
      try rows.database.execute(sql: "DELETE FROM \(table) WHERE run = ?", arguments: [run])
    }
    try rows.insert(
      into: "explanation",
      [
        run, found.answer.name, found.subject?.rawValue, found.headline, found.cause?.name,
        found.ptracePart, found.notUnderstood, found.passedOver, tool,
      ])
    for (place, diagnosis) in found.diagnoses.enumerated() {
      try rows.insert(
        into: "diagnosis",
        [
          run, place, diagnosis.cause.rawValue, diagnosis.entry, diagnosis.certainty.rawValue,
          diagnosis.task?.rawValue, diagnosis.sentence, diagnosis.isHarmless,
        ])
      var number = 0
      for role in Role.allCases {
        for item in diagnosis[keyPath: role.place] {
          try rows.insert(
            into: "diagnosis_event",
            [
              run, place, number, role.rawValue, item.event,
              found.moments[item.event].map(rows.time), item.reason,
            ])
          number += 1
        }
      }
      number = 0
      for use in Use.allCases {
        for sentence in diagnosis[keyPath: use.place] {
          try rows.insert(
            into: "diagnosis_advice", [run, place, number, use.rawValue, sentence])
          number += 1
        }
      }
    }
  }

  /// What is kept; `nil` if there is nothing, if another version found it, or if there is a word in it that this one
  /// doesn't know.
  func found(by tool: String) throws -> ExplainedRun? {
    // A file that an older version made, and that is only read. Another process may bring it up to date meanwhile: what
    // this connection remembers of the tables is not asked.
    guard
      try Int.fetchOne(
        rows.database, sql: "SELECT 1 FROM sqlite_schema WHERE name = 'explanation'") != nil,
      let row = try Row.fetchOne(
        rows.database, sql: "SELECT * FROM explanation WHERE run = ?", arguments: [run]
      )
      .map({ Cells(row: $0) }),
      row.text("tool") == tool,
      let answer = ExplainedRun.Answer.allCases.first(where: { $0.name == row.text("answer") })
    else { return nil }
    var found = ExplainedRun(
      answer, subject: row.task("tid"), headline: row.text("headline"),
      ptracePart: row.optionalText("ptrace_part"), notUnderstood: row.count("not_understood"),
      passedOver: row.count("passed_over"))
    var isKnown = true
    try forEach("diagnosis") { row in
      guard let cause = Cause(rawValue: row.text("cause")),
        let certainty = Diagnosis.Certainty(rawValue: row.text("certainty")),
        row.count("number") == found.diagnoses.count
      else { return isKnown = false }
      found.diagnoses.append(
        Diagnosis(
          cause, certainty, entry: row.optionalText("entry"), of: row.task("tid"),
          row.text("sentence"), isHarmless: row.number("is_harmless") == 1))
    }
    try forEach("diagnosis_event") { row in
      guard let place = row.place(in: found.diagnoses), let role = Role(rawValue: row.text("role"))
      else { return isKnown = false }
      let event = row.sequence("sequence")
      found.diagnoses[place][keyPath: role.place].append(
        Evidence(event: event, reason: row.text("reason")))
      if let moment = rows.moment(row, "entered_ns") { found.moments[event] = moment }
    }
    try forEach("diagnosis_advice") { row in
      guard let place = row.place(in: found.diagnoses), let use = Use(rawValue: row.text("role"))
      else { return isKnown = false }
      found.diagnoses[place][keyPath: use.place].append(row.text("sentence"))
    }
    return isKnown ? found : nil
  }

  private func forEach(_ table: String, _ body: (Cells) -> Void) throws {
    let cursor = try Row.fetchCursor(
      rows.database,
      // The keys are in this order, with the run before them.
      sql: "SELECT * FROM \(table) WHERE run = ? ORDER BY "
        + (table == "diagnosis" ? "number" : "diagnosis, number"),
      arguments: [run])
    while let row = try cursor.next() { body(Cells(row: row)) }
  }
}

extension Cells {
  fileprivate func task(_ column: String) -> TaskID? { small(column).map { TaskID($0) } }

  fileprivate func optionalText(_ column: String) -> String? {
    String.fromDatabaseValue(row[column])
  }

  /// The diagnosis that a row belongs to.
  fileprivate func place(in diagnoses: [Diagnosis]) -> Int? {
    let place = count("diagnosis")
    return diagnoses.indices.contains(place) ? place : nil
  }
}

extension TraceFile {
  /// What was found wrong in a run when it ended; `nil` if that is to be found by its events: another version found it,
  /// the run has no end, or it is a tree.
  ///
  /// - Parameter tool: the version that asks.
  /// - Throws: ``StoreError/damaged(path:detail:)``, or another that speaks of the path.
  package func explained(_ run: Int64, by tool: String) throws(StoreError) -> ExplainedRun? {
    try read { try ExplainedRows(JudgedRows(of: run, in: $0)).found(by: tool) }
  }
}
