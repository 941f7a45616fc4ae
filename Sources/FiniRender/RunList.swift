internal import FiniModel
package import FiniTimeline

/// The runs of a file.
package struct RunList: Sendable {
  private let runs: [RunHeader]

  /// Makes a list, in the order given.
  package init(_ runs: [RunHeader]) { self.runs = runs }

  /// Writes a table for a person; below each run the command line that made it.
  package func write(to sink: inout some TextOutputStream, style: TextStyle = TextStyle()) {
    if runs.isEmpty { return sink.write("no runs yet\n") }
    var table = TextTable(
      header: ["run", "started (UTC)", "pid", "strategy", "frozen ms", "verdict", "task"],
      alignments: [.right, .left, .right, .left, .right])
    for run in runs {
      let verdict = run.verdict?.name ?? "not judged"
      let state = run.isAbandoned ? "unfinished" : run.isFinished ? verdict : "recording"
      table.add([
        "\(run.number)", RunList.shortTime(run.startedRealtime), "\(run.pid)",
        RunList.strategy(run),
        run.frozen.map { Duration.milliseconds($0, decimals: 2) } ?? "-",
        state + (run.lost > 0 ? ", \(run.lost) lost" : ""), RunList.name(run),
      ])
    }
    table.write(to: &sink, style: style)
    writeOrigins(to: &sink, style: style)
  }

  /// Where the runs come from: a line each, which is cut at the width.
  private func writeOrigins(to sink: inout some TextOutputStream, style: TextStyle) {
    let told = runs.filter { !$0.commandLine.isEmpty }
    if !told.isEmpty { sink.write("\n") }
    for run in told {
      let version = run.tracerVersion.map { ", CRIU \($0)" } ?? ""
      let place = run.host.isEmpty ? "" : " on \(run.host)"
      let line = "\(run.number)\(place)\(version): \(run.commandLine)"
      sink.write(style.fit(Escaped(line).description) + "\n")
    }
  }

  /// To the minute, which identifies a run; the file has the rest.
  private static func shortTime(_ realtime: Int64) -> String {
    String(CalendarTime.text(realtime: realtime).dropLast(4))
  }

  /// `syscall!` if another strategy was asked for.
  private static func strategy(_ run: RunHeader) -> String {
    guard let taken = run.strategyTaken ?? run.strategyAsked else { return "-" }
    guard let asked = run.strategyAsked, asked != taken else { return taken.name }
    return taken.name + "!"
  }

  /// `worker, 1001 tasks` for a tree.
  private static func name(_ run: RunHeader) -> String {
    run.comm + (run.tasks.map { ", \(Counted.text($0, "task"))" } ?? "")
  }

  /// Writes one object a run as NDJSON; the grammar is in schema/event.md.
  package func writeJSON(to sink: inout some TextOutputStream) {
    for run in runs {
      var object = JSONObject()
      object.put("run", run.number)
      object.put("pid", run.pid.rawValue)
      object.put("comm", run.comm)
      object.put("source", run.source)
      object.put("unseen", run.unseen)
      object.put("strategy_asked", run.strategyAsked?.name)
      object.put("strategy_taken", run.strategyTaken?.name)
      object.put("started_realtime_ns", run.startedRealtime)
      object.put("events", run.eventCount)
      object.put("verdict", run.verdict?.name)
      object.put("frozen_ns", run.frozen)
      object.put("finished", run.isFinished)
      object.put("host", run.host)
      object.put("command_line", run.commandLine)
      object.put("tracer_version", run.tracerVersion)
      object.put("lost", run.lost)
      object.put("tasks", run.tasks)
      sink.write(object.text + "\n")
    }
  }
}
