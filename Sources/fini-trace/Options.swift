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

/// How an answer is printed.
struct ReportOptions: ParsableArguments {
  enum When: String, ExpressibleByArgument, CaseIterable {
    case auto, always, never
  }

  @Option(help: "Colour: auto (on a terminal, unless NO_COLOR is set), always or never.")
  var color: When = .auto

  @Option(help: "Columns to use (those of the terminal, else 80).")
  var width: Int?

  @Flag(help: "Nothing but ASCII.")
  var ascii = false

  @Flag(help: "JSON, one object a line (see schema/event.md).")
  var json = false

  private var style: TextStyle {
    let terminal = Terminal()
    return TextStyle(
      width: width ?? terminal.width ?? 80,
      usesUnicode: !ascii && terminal.isTerminal && terminal.isUTF8,
      usesColor: color == .always
        || (color == .auto && terminal.isTerminal && !terminal.isColorRefused))
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
}

extension RunSelection: ExpressibleByArgument {}

/// A process as the user names it, or what is none.
struct ProcessNumber: ExpressibleByArgument {
  static let missing = "name a process; without one it takes a command: record -- COMMAND"
  let task: TaskID?
  private let text: String

  init?(argument: String) {
    text = argument
    task = Int32(argument).flatMap { $0 > 0 ? TaskID($0) : nil }
  }

  /// The mistake that it is no number.
  var mistake: (isMade: Bool, message: String) {
    (task == nil, "\"\(text)\" is not a process number; name one as ps -e shows it")
  }
}

/// A word that should be one of a few.
struct Word<Value: CaseIterable & NamedValue>: ExpressibleByArgument {
  let value: Value?
  private let text: String

  init?(argument: String) {
    text = argument
    value = Value.allCases.first { $0.name == argument }
  }

  static var allValueStrings: [String] { Value.allCases.map { $0.name } }

  /// The mistake that there is no such word.
  var mistake: (isMade: Bool, message: String) {
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

extension FiniStrategy: ExpressibleByArgument {
  package init?(argument: String) { self.init(name: argument) }
  package static var allValueStrings: [String] { allCases.map { $0.name } }
  package var defaultValueDescription: String { name }
}

extension LineFormat: ExpressibleByArgument {}
extension ObserverChoice: ExpressibleByArgument {}
