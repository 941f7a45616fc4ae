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

  var path: String { file ?? FileOption.usual }

  /// The recording where none is named.
  static var usual: String { Terminal.variable("FINI_TRACE_DB") ?? "fini-trace.db" }
}

/// Which file a command reads; a word may name it too.
struct InputOption: ParsableArguments {
  @Option(
    name: [.customShort("i"), .customShort("o"), .customLong("file")],
    help: "The recording (FINI_TRACE_DB, else fini-trace.db).")
  var file: String?

  /// What the words name: the recording that is to be opened, and runs of it.
  func named(_ words: [String], limit: Int) throws -> (path: String, runs: [RunSelection]) {
    let named = try NamedRuns(words, option: file, limit: limit)
    return (named.file ?? FileOption.usual, named.runs)
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
    let named = try input.named(words, limit: 1)
    let file = try TraceFile.openForReading(named.path)
    return (file, try file.run(named.runs.first ?? .last))
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

  private var style: TextStyle {
    let terminal = Terminal()
    return TextStyle(
      width: width ?? terminal.width ?? 80, usesUnicode: !ascii && terminal.showsUnicode,
      usesColor: terminal.showsColor(color))
  }

  /// Writes a report for a person, or for a program.
  func write(_ report: some Report) {
    var output = Output()
    if json {
      report.writeJSON(to: &output)
    } else {
      report.write(to: &output, style: style)
    }
    output.flush()
  }

  /// Writes the report that a command ends with.
  ///
  /// - Throws: the exit status, where it is not 0.
  func end(with report: some Report, _ status: ExitStatus) throws(ExitCode) {
    write(report)
    if status != .good { throw ExitCode(status.rawValue) }
  }
}

extension RunSelection: ExpressibleByArgument {}

extension ReportOptions {
  /// What can be wrong with them.
  var mistake: Checked.Mistake {
    ((width ?? 80) < 40, "--width must be 40 or more: fewer columns hold no table")
  }
}

/// A process as the user names it, or what is none.
struct ProcessNumber: ExpressibleByArgument {
  let task: TaskID?
  let text: String

  init?(argument: String) {
    text = argument
    task = Int32(argument).flatMap { $0 > 0 ? TaskID($0) : nil }
  }

  /// The mistake that it is no number.
  var mistake: Checked.Mistake {
    (task == nil, "\"\(text)\" is not a process number; name one as ps -e shows it")
  }
}

/// A word that should be one of a few.
struct Word<Value: CaseIterable & NamedValue>: ExpressibleByArgument {
  let value: Value?
  private let text: String
  /// Whether it was typed, and is not what holds without a word.
  let isAsked: Bool

  init(_ value: Value) { (self.value, text, isAsked) = (value, value.name, false) }

  init?(argument: String) {
    (text, isAsked) = (argument, true)
    value = Value.allCases.first { $0.name == argument }
  }

  static var allValueStrings: [String] { Value.allCases.map { $0.name } }
  var defaultValueDescription: String { text }

  /// The mistake that there is no such word.
  var mistake: Checked.Mistake {
    let names = Word.allValueStrings.joined(separator: ", ")
    return (value == nil, "there is no \(Value.noun) \"\(text)\"; there are \(names)")
  }
}

/// What has a name in files and reports.
protocol NamedValue {
  static var noun: String { get }
  var name: String { get }
}
extension Phase: NamedValue { static let noun = "phase" }
extension EventKind: NamedValue { static let noun = "kind" }
extension ExportFormat: NamedValue { static let noun = "format" }
extension FiniStrategy: NamedValue { static let noun = "strategy" }

extension LineFormat: ExpressibleByArgument {}
extension ColorChoice: ExpressibleByArgument {}
extension ObserverChoice: ExpressibleByArgument {}
