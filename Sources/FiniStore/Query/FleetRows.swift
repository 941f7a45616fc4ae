package import FiniModel
import GRDB
import GRDBSQLite

extension TraceFile {
  /// Shows the rows of a run in a table for a fleet, without the columns of the key.
  ///
  /// - Throws: what `body` throws, or a ``StoreError``.
  package func forEachRow(
    of table: FleetTable, in run: Int64, _ body: ([QueryValue]) throws -> Void
  ) throws {
    let kinds = table.columns.map(\.kind)
    var refusal: (any Error)?
    try read { database in
      // A file of version 1 that is only read.
      if let needed = table.neededTable {
        let isThere = try Int.fetchOne(
          database, sql: "SELECT 1 FROM sqlite_schema WHERE name = ?", arguments: [needed])
        guard isThere != nil else { return }
      }
      let rows = try RawRows(table.question, run, in: database)
      precondition(rows.columnCount == kinds.count, "the question has the columns of the table")
      while refusal == nil, try rows.step() {
        let row = kinds.enumerated().map { rows.value(at: $0.offset, as: $0.element) }
        do { try body(row) } catch { refusal = error }
      }
    }
    if let refusal { throw refusal }
  }
}

extension FleetTable {
  /// A table that came after the first version of the format.
  fileprivate var neededTable: String? {
    switch self {
    case .explanations: "explanation"
    case .diagnoses: "diagnosis"
    default: nil
    }
  }

  /// The query for ``columns``, in their order, of the run that is its one argument.
  fileprivate var question: String {
    switch self {
    case .runs:
      """
      SELECT s.name, o.name, r.started_realtime_ns, nullif(r.finished_realtime_ns, 0),
        r.finished_monotonic_ns - r.started_monotonic_ns, r.host, r.kernel_release, r.tool_version,
        r.tracer_version, r.command_line, r.exit_summary, r.is_tree, a.name, t.name, v.name,
        r.frozen_ns, k.tid, k.name, r.event_count, r.lost
      FROM run r
      LEFT JOIN state_name s ON s.number = r.state
      LEFT JOIN source_name o ON o.number = r.source
      LEFT JOIN strategy_name a ON a.number = r.strategy_asked
      LEFT JOIN strategy_name t ON t.number = r.strategy_taken
      LEFT JOIN verdict_name v ON v.number = r.verdict
      LEFT JOIN task k ON k.run = r.number AND k.number = coalesce(r.subject, 1)
      WHERE r.number = ?
      """
    case .verdicts:
      """
      SELECT j.task, t.tid, v.name, c.name, j.summary, j.calls, j.stops, j.signals, j.frozen_ns,
        j.fini_ns, j.fini_calls, j.fini_stops,
        CASE WHEN i.run IS NOT NULL THEN coalesce(
          (SELECT n.name FROM stop_class_name n WHERE n.number = i.stop_class),
          'event-' || (i.stop_class - 100)) END,
        CASE WHEN i.signal IS NOT NULL THEN coalesce(
          (SELECT n.name FROM signal_name n WHERE n.number = i.signal), 'signal ' || i.signal) END,
        i.code, i.sender, i.sender_user
      FROM judgement j
      LEFT JOIN intervention i ON i.run = j.run AND i.task = j.task
      LEFT JOIN task t ON t.run = j.run AND t.number = j.task
      LEFT JOIN verdict_name v ON v.number = j.verdict
      LEFT JOIN strategy_name c ON c.number = j.caught
      WHERE j.run = ? ORDER BY j.task
      """
    case .tasks:
      """
      SELECT t.number, t.tid, t.thread_group, t.start_ticks, t.name, o.name,
        (SELECT v.name FROM tracee a JOIN verdict_name v ON v.number = a.verdict
          WHERE a.run = t.run AND a.task = t.number ORDER BY a.number DESC LIMIT 1),
        (SELECT max(a.has_fini) FROM tracee a WHERE a.run = t.run AND a.task = t.number)
      FROM task t
      LEFT JOIN cure c ON c.run = t.run AND c.task = t.number
      LEFT JOIN outcome_name o ON o.number = c.outcome
      WHERE t.run = ? ORDER BY t.number
      """
    case .explanations:
      """
      SELECT answer, tid, headline, cause, ptrace_part, not_understood, passed_over, tool
      FROM explanation WHERE run = ?
      """
    case .diagnoses:
      """
      SELECT number, cause, entry, certainty, tid, sentence, is_harmless
      FROM diagnosis WHERE run = ? ORDER BY number
      """
    case .phases:
      """
      SELECT p.task, p.first_sequence, p.last_sequence, n.name, p.entered_ns,
        p.left_ns - p.entered_ns, p.calls, p.stops
      FROM phase p LEFT JOIN phase_name n ON n.number = p.phase
      WHERE p.run = ? ORDER BY p.task, p.first_sequence
      """
    // The view costs, which would count all runs of the file for each of them. Without its sums: nobody shall add
    // those to what they are of. SQLite takes the primary key for the phase if it may, and reads back to it.
    case .costs:
      """
      SELECT coalesce(n.name, 'none'), sum(c.calls), sum(c.stops), coalesce(sum(c.frozen_ns), 0)
      FROM (
        SELECT (SELECT p.detail FROM event p INDEXED BY event_phase WHERE p.kind = 38 AND p.run = ?1
            AND p.tracee = e.tracee AND p.sequence <= e.sequence
            ORDER BY p.sequence DESC LIMIT 1) AS phase, e.calls, e.stops, e.frozen_ns
        FROM (
          SELECT tracee, sequence, kind <= 30 AS calls, kind = 31 AS stops, NULL AS frozen_ns
          FROM event WHERE run = ?1
          UNION ALL
          SELECT tracee, sequence, 0, 0, frozen_ns FROM frozen WHERE run = ?1
        ) e
      ) c LEFT JOIN phase_name n ON n.number = c.phase GROUP BY 1 ORDER BY 1
      """
    case .events:
      """
      SELECT sequence, at_ms, took_us, phase, tracer, tracee, kind, request, detail, stop, address,
        data, result, error, status, signal, code, sender, sender_user, program_counter, pending,
        shared_pending, blocked, value, extra
      FROM timeline WHERE run = ? ORDER BY sequence
      """
    }
  }
}
