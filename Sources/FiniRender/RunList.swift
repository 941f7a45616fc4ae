internal import FiniModel
package import FiniTimeline

/// The runs of a file.
package struct RunList: Sendable {
  private let runs: [RunHeader]

  /// Makes a list, in the order given.
  package init(_ runs: [RunHeader]) { self.runs = runs }

  /// Writes a table for a person.
  package func write(to sink: inout some TextOutputStream, style: TextStyle = TextStyle()) {
    var table = TextTable(
      header: ["run", "started", "pid", "strategy", "frozen ms", "verdict", "task"],
      alignments: [.right, .left, .right, .left, .right])
    for run in runs {
      let verdict = run.verdict?.name ?? "not judged"
      table.add([
        "\(run.number)", RunList.shortTime(run.startedRealtime), "\(run.pid)",
        RunList.strategy(run),
        run.frozen.map { Duration.milliseconds($0, decimals: 2) } ?? "-",
        (run.isFinished ? verdict : "recording") + (run.lost > 0 ? ", \(run.lost) lost" : ""),
        RunList.name(run),
      ])
    }
    table.write(to: &sink, style: style)
  }

  /// Short: day and minute identify a run; the file has the rest.
  private static func shortTime(_ realtime: Int64) -> String {
    let text = CalendarTime.text(realtime: realtime)
    return String(text.dropLast(4).dropFirst(5))
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
      object.put("lost", run.lost)
      object.put("tasks", run.tasks)
      sink.write(object.text + "\n")
    }
  }
}
