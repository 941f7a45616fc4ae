import ArgumentParser
import FiniImporters
import FiniModel
import FiniRender
import FiniSession
import FiniStore

/// Which file a command writes.
struct FileOption: ParsableArguments {
  @Option(
    name: [.customShort("o"), .customLong("file")],
    help: "The recording (FINI_TRACE_DB, else fini-trace.db).")
  var file: String?

  var path: String { file ?? NamedRuns.usual }
}

/// Which file a command reads; a word may name it too.
struct InputOption: ParsableArguments {
  @Option(
    name: [.customShort("i"), .customShort("o"), .customLong("file")],
    help: "The recording (FINI_TRACE_DB, else fini-trace.db).")
  var file: String?

  /// What the words name: the recording that is to be opened, and runs of it.
  func named(_ words: [String], limit: Int) throws -> NamedRuns {
    try NamedRuns(words, option: file, limit: limit)
  }
}

/// Which run, of which file.
struct RunOption: ParsableArguments {
  @Argument(help: ArgumentHelp("A recording, and a run of it.", valueName: "file-run"))
  var words: [String] = []
  @OptionGroup var input: InputOption

  /// The usage line of a command that takes these.
  static func usage(_ command: String, _ options: String) -> String {
    "fini-trace \(command) [<file>] [<run>] \(options)"
  }

  /// Opens the file, and looks the run up.
  func open() throws -> (TraceFile, RunSummary) {
    let (file, runs) = try input.named(words, limit: 1).open()
    return (file, runs[0])
  }
}

/// Which task is asked of.
struct TaskOption: ParsableArguments {
  @Option(help: "Only this task of a tree, or of another tracer's run.") var task: Int32?

  var id: TaskID? { task.map { TaskID($0) } }
}

/// How an answer is printed.
struct ReportOptions: ParsableArguments {
  @Option(help: "Colour; auto: on a terminal, unless NO_COLOR is set.")
  var color: ColorChoice = .auto

  @Option(help: "Columns to use, 40 or more (those of the terminal, else 80).")
  var width: Int?

  @Flag(help: "Nothing but ASCII.")
  var ascii = false

  @Flag(help: "JSON, one object a line (see schema/event.md).")
  var json = false

  /// What can be wrong with them.
  var mistake: Mistake {
    ((width ?? 80) < 40, "--width must be 40 or more: fewer columns hold no table")
  }

  /// How text is laid out.
  var style: TextStyle {
    let terminal = Terminal()
    return TextStyle(
      width: width ?? terminal.width ?? 80, usesUnicode: !ascii && terminal.showsUnicode,
      usesColor: terminal.showsColor(color))
  }

  /// Writes a report for a person, or for a program.
  func write(_ report: some Report) { Output.write(report, asJSON: json, style: style) }

  /// Writes the report that a command ends with.
  ///
  /// - Throws: the exit status, where it is not 0.
  func end(with report: some Report, _ status: ExitStatus) throws(ExitCode) {
    try end(with: report, Conclusion(status: status))
  }

  /// The same with a line that tells the reason.
  func end(with report: some Report, _ conclusion: Conclusion) throws(ExitCode) {
    write(report)
    if let words = conclusion.words { Message.write(words) }
    if conclusion.status != .good { throw ExitCode(conclusion.status) }
  }
}

extension RunSelection: ExpressibleByArgument {}

extension ProcessNumber: ExpressibleByArgument {}
extension Word: ExpressibleByArgument {}
extension ExportFormat: NamedValue { package static let noun = "format" }
extension LineFormat: ExpressibleByArgument {}
extension ColorChoice: ExpressibleByArgument {}
extension ObserverChoice: ExpressibleByArgument {}
