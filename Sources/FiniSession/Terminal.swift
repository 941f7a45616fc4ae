internal import Glibc

/// What standard output is, for the choice of how text looks there.
package struct Terminal {
  /// Whether it is a terminal.
  package let isTerminal: Bool
  /// How many columns it has, if it is one.
  package let width: Int?
  /// Whether the locale writes UTF-8.
  package let isUTF8: Bool
  /// Whether NO_COLOR is set, and not empty.
  package let isColorRefused: Bool

  /// Finds it out.
  package init() {
    isTerminal = isatty(STDOUT_FILENO) == 1
    var size = winsize()
    let hasSize = unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
    width = hasSize ? Int(size.ws_col) : nil
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { Terminal.variable($0) }.first
    let name = locale?.uppercased() ?? ""
    isUTF8 = name.contains("UTF-8") || name.contains("UTF8")
    isColorRefused = Terminal.variable("NO_COLOR") != nil
  }

  /// A variable of the environment; an empty one counts as none.
  package static func variable(_ name: String) -> String? {
    guard let value = unsafe getenv(name), unsafe value.pointee != 0 else { return nil }
    return unsafe String(cString: value)
  }
}
