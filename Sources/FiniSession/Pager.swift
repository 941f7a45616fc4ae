internal import Glibc

/// The program that shows an answer page by page, where standard output is a terminal.
package enum Pager {
  /// The command, for the shell: FINI_TRACE_PAGER, else PAGER, else less if there is one; `nil` for none, which `cat` is too.
  static func command(
    variable: (String) -> String? = Terminal.variable, hasLess: () -> Bool = Pager.hasLess
  ) -> String? {
    let named = variable("FINI_TRACE_PAGER") ?? variable("PAGER")
    // A terminal that can't move its cursor has no pages.
    if variable("TERM") == "dumb" || named == "cat" { return nil }
    return named ?? (hasLess() ? "less" : nil)
  }

  private static func hasLess() -> Bool {
    (Terminal.variable("PATH") ?? "/usr/bin:/bin").split(separator: ":").contains {
      unsafe access("\($0)/less", X_OK) == 0
    }
  }

  /// Lets what is written to standard output go through the pager from here on; the program ends when its user leaves it.
  ///
  /// It does nothing where there is no pager, or where one of the three standard streams is no terminal: then no person
  /// sits there who could turn the page.
  package static func start() {
    guard Terminal().isTerminal, isatty(STDIN_FILENO) == 1, isatty(STDERR_FILENO) == 1,
      let command = command()
    else { return }
    // What fits on the screen is left there; colours are shown.
    unsafe setenv("LESS", "FRX", 0)
    guard let pipe = unsafe popen(command, "we") else { return }
    guard unsafe dup2(fileno(pipe), STDOUT_FILENO) >= 0 else {
      _ = unsafe pclose(pipe)
      return
    }
    // Ctrl-C is for the pager, which goes on.
    signal(SIGINT, SIG_IGN)
    unsafe Pager.pipe = pipe
    atexit {
      // It sees the end when all that hold it have closed it.
      close(STDOUT_FILENO)
      if let pipe = unsafe Pager.pipe { _ = unsafe pclose(pipe) }
    }
  }

  private nonisolated(unsafe) static var pipe: UnsafeMutablePointer<FILE>?
}
