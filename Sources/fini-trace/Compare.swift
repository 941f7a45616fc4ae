import ArgumentParser
import FiniModel
import FiniRender
import FiniStore
import FiniTimeline

/// `fini-trace compare`
struct Compare: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Runs side by side: calls, stops, signals, frozen time.",
    discussion: """
      Two runs of one task each are also compared step by step, phase by phase, and the first step in \
      which they differ is named. Exit status: 0 if all landed or none did, 1 if one did and another \
      did not, 2 if of one it can't be told.

      Of a run of a tree (record --tree) it adds up all tasks. --task takes one task instead: the \
      same of each tree if it is given once, or one for each RUN in their order. Two tasks of one \
      tree: compare 3 3 --task 4711 --task 4712.
      """)

  @Argument(help: "The runs, two or more.") var runs: [RunArgument]
  @OptionGroup var file: FileOption
  @OptionGroup var look: StyleOptions
  @Option(help: "Only this task of a tree (may be repeated, once for each run).") var task:
    [Int32] = []
  @Flag(help: "Also list what does not differ.") var everything = false
  @Flag(help: "The comparison as JSON.") var json = false

  func run() throws {
    try reporting {
      guard runs.count >= 2 else {
        throw Failure(message: "compare needs two runs; see fini-trace list", status: 64)
      }
      guard task.count <= 1 || task.count == runs.count else {
        throw Failure(
          message: "\(task.count) tasks for \(runs.count) runs: give --task once, or once a run",
          status: 64)
      }
      let file = try TraceFile.openForReading(self.file.path)
      let columns = try runs.indices.map { index in
        let summary = try file.run(runs[index].selection)
        if let unseen = summary.source.unseen {
          Message.write("run \(summary.number): not seen: \(unseen)")
        }
        return try Compare.column(
          summary, task: task.count > 1 ? task[index] : task.first, in: file)
      }
      try Compare.tell(columns, everything: everything, json: json, style: look.style())
    }
  }

  /// A run as it is compared; a run of a tree has no timeline.
  typealias Column = (run: ComparedRun, timeline: Timeline?)

  /// Writes the comparison.
  ///
  /// - Throws: `ExitCode` with the answer, where it is not 0.
  static func tell(
    _ columns: [Column], everything: Bool, json: Bool, style: @autoclosure () throws -> TextStyle
  ) throws {
    var output = Output()
    let comparison = Comparison(columns.map { $0.run })
    let report = ComparisonReport(comparison)
    if json {
      report.writeJSON(to: &output)
    } else {
      report.write(to: &output, style: try style(), everything: everything)
      if columns.count == 2, !comparison.costliest.isEmpty { output.write("\n") }
      report.writeSteps(to: &output, style: try style())
    }
    // Where two runs part is asked of one task each.
    if columns.count == 2, let first = columns[0].timeline, let second = columns[1].timeline {
      let divergence = DivergenceReport(
        first, second, labels: (columns[0].run.label, columns[1].run.label))
      if json {
        divergence.writeJSON(to: &output)
      } else {
        output.write("\n")
        divergence.write(to: &output, style: try style())
      }
    }
    output.flush()
    let status = comparison.status
    if status != 0 { throw ExitCode(status) }
  }

  static func column(
    _ summary: RunSummary, task: Int32?, in file: TraceFile
  ) throws -> Column {
    guard summary.isTree else {
      let loaded = try LoadedRun(
        .number(summary.number), in: file, task: task.map { TaskID($0) })
      let taken =
        (task == nil ? summary.strategyTaken ?? summary.strategyAsked : nil)
        ?? loaded.timeline.strategySeen
      return (ComparedRun(loaded.timeline, label: label(summary, taken)), loaded.timeline)
    }
    let tree = try LoadedTree(summary, in: file)
    if let task {
      for cure in try tree.tasks([TaskID(task)]) {
        guard let run = try tree.run(of: cure) else {
          throw Failure(message: tree.sentenceWithoutEvents(of: cure))
        }
        let taken = cure.end?.strategyTaken ?? summary.strategyAsked
        return (ComparedRun(run.timeline, label: label(summary, taken, task: task)), run.timeline)
      }
    }
    var column = ComparedRun(
      label: label(summary, summary.strategyTaken ?? summary.strategyAsked),
      verdict: tree.header.verdict ?? .unfinished)
    // One task after the other: nobody needs the events of all of them at once.
    for cure in tree.cures {
      if let run = try tree.run(of: cure) { column.add(run.timeline) }
    }
    return (column, nil)
  }

  private static func label(
    _ summary: RunSummary, _ strategy: FiniStrategy?, task: Int32? = nil
  ) -> String {
    let number = task.map { "\(summary.number)/\($0)" } ?? "\(summary.number)"
    return "\(number) \(strategy?.name ?? summary.source.name)"
  }
}
