import ArgumentParser
import FiniImporters
import FiniModel
import FiniRender
import FiniSession
import FiniStore

/// Which file.
struct FileOption: ParsableArguments {
  @Option(
    name: [.customShort("o"), .customLong("file")],
    help: "The recording (FINI_TRACE_DB, else fini-trace.db).")
  var file: String?

  var path: String { file ?? Terminal.variable("FINI_TRACE_DB") ?? "fini-trace.db" }
}

/// Which run, of which file.
struct RunOption: ParsableArguments {
  @Argument(help: "The run.") var run = RunSelection.last
  @OptionGroup var file: FileOption

  /// Opens the file, and looks the run up.
  func open() throws -> (TraceFile, RunSummary) {
    let file = try TraceFile.openForReading(file.path)
    return (file, try file.run(run))
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

  @Option(help: "Columns to use (those of the terminal, else 80).")
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
  func end(with report: some Report, status: Int32) throws(ExitCode) {
    write(report)
    if status != 0 { throw ExitCode(status) }
  }
}

extension RunSelection: ExpressibleByArgument {}

/// A process as the user names it, or what is none.
struct ProcessNumber: ExpressibleByArgument {
  let task: TaskID?
  private let text: String

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

  init(_ value: Value) { (self.value, text) = (value, value.name) }

  init?(argument: String) {
    text = argument
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
extension FiniStrategy: NamedValue { static let noun = "strategy" }

extension LineFormat: ExpressibleByArgument {}
extension ColorChoice: ExpressibleByArgument {}
extension ObserverChoice: ExpressibleByArgument {}
