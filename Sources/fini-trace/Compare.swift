import ArgumentParser
import FiniModel
import FiniRender
import FiniSession
import FiniTimeline

/// `fini-trace compare`
struct Compare: Checked {
  static let configuration = CommandConfiguration(
    abstract: "Which run took longer, in which phase, and what else differs.",
    usage: """
      fini-trace compare [<file>] <run> <run> ... [--task <task> ...]
          [--everything] [<options>]
      """,
    discussion: HelpText.compare)

  @Argument(help: "A recording, and two or more runs of it.") var words: [String]
  @OptionGroup var input: InputOption
  @OptionGroup var output: ReportOptions
  @Option(help: "Only this task of a tree (may be repeated, once for each run).") var task:
    [Int32] = []
  @Flag(help: "Also list what does not differ.") var everything = false

  var mistakes: [Mistake] { [output.mistake] }

  func run() throws {
    let named = try input.named(words, limit: .max)
    let runs = try ComparedRuns(
      named.runs, tasks: task.map { TaskID($0) }, everything: everything, in: named.path,
      tell: Message.write)
    let report = RunsReport(runs, everything: everything)
    Pager.start()
    try output.end(with: report, ExitStatus(answer: report.status))
  }
}
