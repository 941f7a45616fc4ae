import ArgumentParser
import FiniModel
import FiniRender
import FiniStore
import FiniTimeline
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

  func style(showsEveryEvent: Bool = false) -> TextStyle {
    let isTerminal = isatty(STDOUT_FILENO) == 1
    let noColor = getenv("NO_COLOR").map { $0.pointee != 0 } ?? false
    let usesColor = color == .always || (color == .auto && isTerminal && !noColor)
    return TextStyle(
      width: width ?? StyleOptions.terminalWidth ?? 80, usesUnicode: !ascii && isTerminal && isUTF8,
      usesColor: usesColor, showsEveryEvent: showsEveryEvent)
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
struct RunArgument: ExpressibleByArgument {
  var selection: RunSelection

  init?(argument: String) {
    if argument == "last" {
      selection = .last
    } else if let number = Int64(argument), number > 0 {
      selection = .number(number)
    } else {
      return nil
    }
  }

  init() { selection = .last }

  var defaultValueDescription: String { "last" }
}

extension FiniStrategy: ExpressibleByArgument {
  /// Finds the strategy of that name.
  public init?(argument: String) { self.init(name: argument) }
  /// The names, for the help.
  public static var allValueStrings: [String] { allCases.map { $0.name } }
  /// The name, for the help.
  public var defaultValueDescription: String { name }
}
