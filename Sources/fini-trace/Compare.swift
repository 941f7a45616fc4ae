import ArgumentParser
import FiniModel
import FiniRender
import FiniSession
import FiniStore

/// `fini-trace compare`
struct Compare: Checked {
  static let configuration = CommandConfiguration(
    abstract: "Runs side by side: calls, stops, signals, frozen time.",
    usage: "fini-trace compare <run> <run> ... [--task <task> ...] [--everything] [<options>]",
    discussion: """
      Two runs of one task each are also compared step by step, phase by phase, and the first step in \
      which they differ is named. Exit status: 0 if all landed or none did, 1 if one did and another \
      did not, 2 if of one it can't be told.

      Of a run of a tree (record --tree) it adds up all tasks. --task takes one task instead: the \
      same of each tree if it is given once, or one for each RUN in their order. Two tasks of one \
      tree: compare 3 3 --task 4711 --task 4712.
      """)

  @Argument(help: "The runs, two or more.") var runs: [RunSelection]
  @OptionGroup var file: FileOption
  @OptionGroup var output: ReportOptions
  @Option(help: "Only this task of a tree (may be repeated, once for each run).") var task:
    [Int32] = []
  @Flag(help: "Also list what does not differ.") var everything = false

  var mistakes: [Mistake] {
    [
      (runs.count < 2, "compare needs two runs; see fini-trace list"),
      (
        task.count > 1 && task.count != runs.count,
        "\(task.count) tasks for \(runs.count) runs: give --task once, or once a run"
      ),
    ]
  }

  func run() throws {
    let columns = try ComparedColumn.columns(
      of: runs, tasks: task.map { TaskID($0) }, in: try TraceFile.openForReading(file.path),
      tell: Message.write)
    let report = RunsReport(columns.map { ($0.run, $0.timeline) }, everything: everything)
    try output.end(with: report, status: report.status)
  }
}
