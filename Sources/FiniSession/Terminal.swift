internal import Glibc

/// What standard output is, for the choice of how text looks there.
package struct Terminal {
  /// Whether it is a terminal.
  package let isTerminal: Bool
  /// How many columns it has, if it is one.
  package let width: Int?
  /// Whether it is a terminal, and the locale writes UTF-8.
  package let showsUnicode: Bool
  private let isColorRefused: Bool

  /// What it was when that was first asked: a pager takes its place later.
  package init() { self = Terminal.found }

  private static let found = Terminal(looking: ())

  private init(looking: ()) {
    isTerminal = isatty(STDOUT_FILENO) == 1
    var size = winsize()
    let hasSize = unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
    width = hasSize ? Int(size.ws_col) : nil
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { Terminal.variable($0) }.first
    let name = locale?.uppercased() ?? ""
    showsUnicode = isTerminal && (name.contains("UTF-8") || name.contains("UTF8"))
    // TERM=dumb is a terminal that prints escapes as they are: editors' shells, logs of builds.
    isColorRefused = Terminal.variable("NO_COLOR") != nil || Terminal.variable("TERM") == "dumb"
  }

  /// Whether text has colours there.
  package func showsColor(_ choice: ColorChoice) -> Bool {
    switch choice {
    case .always: true
    case .never: false
    case .auto: isTerminal && !isColorRefused
    }
  }

  /// A variable of the environment; an empty one counts as none.
  package static func variable(_ name: String) -> String? {
    guard let value = unsafe getenv(name), unsafe value.pointee != 0 else { return nil }
    return unsafe String(cString: value)
  }
}

/// When text has colours.
package enum ColorChoice: String, CaseIterable, Sendable {
  /// On a terminal, unless TERM is dumb, or NO_COLOR is set and not empty.
  case auto
  case always
  case never
}
