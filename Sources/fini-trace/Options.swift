import ArgumentParser
import FiniImporters
import FiniModel
import FiniRender
import FiniSession
import FiniStore
import Glibc

/// Which file.
struct FileOption: ParsableArguments {
  @Option(
    name: [.customShort("o"), .customLong("file")],
    help: "The recording (FINI_TRACE_DB, else fini-trace.db).")
  var file: String?

  var path: String {
    if let file { return file }
    if let value = getenv("FINI_TRACE_DB"), value.pointee != 0 { return String(cString: value) }
    return "fini-trace.db"
  }
}

/// How text looks.
struct StyleOptions: ParsableArguments {
  enum When: String, ExpressibleByArgument, CaseIterable {
    case auto, always, never
  }

  @Option(help: "Colour: auto (on a terminal, unless NO_COLOR is set), always or never.")
  var color: When = .auto

  @Option(help: "Columns to use (those of the terminal, else 80).")
  var width: Int?

  @Flag(help: "Nothing but ASCII.")
  var ascii = false

  var style: TextStyle {
    let isTerminal = isatty(STDOUT_FILENO) == 1
    let noColor = getenv("NO_COLOR").map { $0.pointee != 0 } ?? false
    let usesColor = color == .always || (color == .auto && isTerminal && !noColor)
    return TextStyle(
      width: width ?? StyleOptions.terminalWidth ?? 80, usesUnicode: !ascii && isTerminal && isUTF8,
      usesColor: usesColor)
  }

  private var isUTF8: Bool {
    for name in ["LC_ALL", "LC_CTYPE", "LANG"] {
      guard let value = getenv(name), value.pointee != 0 else { continue }
      let text = String(cString: value).uppercased()
      return text.contains("UTF-8") || text.contains("UTF8")
    }
    return false
  }

  private static var terminalWidth: Int? {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
  }
}

/// A RUN argument: a number, or `last`.
extension RunSelection: ExpressibleByArgument {
  /// Reads it.
  public init?(argument: String) {
    if argument == "last" {
      self = .last
    } else if let number = Int64(argument), number > 0 {
      self = .number(number)
    } else {
      return nil
    }
  }

  /// The word for the help.
  public var defaultValueDescription: String { "last" }
}

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
  /// Finds the strategy of that name.
  public init?(argument: String) { self.init(name: argument) }
  /// The names, for the help.
  public static var allValueStrings: [String] { allCases.map { $0.name } }
  /// The name, for the help.
  public var defaultValueDescription: String { name }
}

extension LineFormat: ExpressibleByArgument {}
extension ObserverChoice: ExpressibleByArgument {}
