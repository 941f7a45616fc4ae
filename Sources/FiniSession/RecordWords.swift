/// What was typed for `record`, as far as its words can contradict each other.
package struct RecordWords {
  /// What becomes of the process.
  package enum Way: Sendable {
    /// It is cured.
    case cure
    /// It is cured by a breakpoint and by tracing system calls.
    case both
    /// It and all below it are cured.
    case tree
    /// Another tracer is waited for.
    case watch
    /// A command is run and watched.
    case command
  }

  /// What each word asks for; more than one is a mistake.
  package var ways: [Way]
  /// Whether there is `--`.
  package var hasTerminator: Bool
  /// The command after it.
  package var command: [String]
  /// What stands in the place of the process, and a word after that.
  package var process: String?
  package var stray: String?
  /// The value of `-p`, which `strace` and `perf` take.
  package var named: String?
  /// The strategy, if one was asked for, is another one than breakpoint.
  package var hasStrategy: Bool
  package var hasOtherStrategy: Bool
  package var hasObserver: Bool
  /// The observer is the one that can trace only what it starts.
  package var isTracing: Bool
  package var isForeground: Bool
  package var rescans: Int?
  /// In seconds.
  package var timeout: Double?
  /// In milliseconds.
  package var deadline: Int

  package init(
    ways: [Way], hasTerminator: Bool, command: [String], process: String?, stray: String?,
    named: String?, hasStrategy: Bool, hasOtherStrategy: Bool, hasObserver: Bool, isTracing: Bool,
    isForeground: Bool, rescans: Int?, timeout: Double?, deadline: Int
  ) {
    self.ways = ways
    self.hasTerminator = hasTerminator
    self.command = command
    self.process = process
    self.stray = stray
    self.named = named
    self.hasStrategy = hasStrategy
    self.hasOtherStrategy = hasOtherStrategy
    self.hasObserver = hasObserver
    self.isTracing = isTracing
    self.isForeground = isForeground
    self.rescans = rescans
    self.timeout = timeout
    self.deadline = deadline
  }

  /// What can be wrong, in the order in which it is looked for: whether it is, and the line that tells it.
  package var mistakes: [Mistake] {
    typed + contradictions + numbers
  }

  private func isAsked(_ way: Way) -> Bool { ways.contains(way) }

  /// Slips of people who know other tools.
  private var typed: [Mistake] {
    let number = process.flatMap { Int($0) }.map { " \($0)" } ?? ""
    let words = (number.isEmpty ? [process] : []) + [stray]
    return [
      (named != nil, "a process is named without -p: fini-trace record \(named ?? "")"),
      (
        stray != nil,
        "a command comes after --: fini-trace record\(number) -- "
          + words.compactMap { $0 }.joined(separator: " ") + " ..."
      ),
      (
        hasTerminator && command.isEmpty || command.first == "",
        "there is no command after --; without -- fini-trace itself infects and cures the process"
      ),
    ]
  }

  private var contradictions: [Mistake] {
    [
      (
        isAsked(.both) && hasOtherStrategy,
        "--ab takes breakpoint and syscall, one after the other: leave --strategy out"
      ),
      (
        isAsked(.both) && isAsked(.tree),
        "--ab is of one task: record the tree twice with --strategy, and compare the runs"
      ),
      (
        isAsked(.both) && ways.count > 1,
        "--ab cures the task itself: it goes with no command and not with --watch"
      ),
      (ways.count > 1, "--watch, --tree and a command exclude each other"),
      (isAsked(.command) && hasStrategy, "--strategy is of our own cure: it goes with no command"),
      (isForeground && !isAsked(.command), "--foreground needs a command: record -- COMMAND"),
      (
        hasObserver && !isAsked(.command) && !isAsked(.watch),
        "--observer needs a command to be watched"
      ),
      (
        isAsked(.watch) && isTracing,
        "--watch needs BPF: a tracer that another program starts can't be traced from its start"
      ),
      (rescans != nil && !isAsked(.tree), "--rescans needs --tree"),
      (
        timeout != nil && (ways.isEmpty || isAsked(.both)),
        "--timeout needs --tree, --watch or a command; --deadline limits the cure of one process"
      ),
    ]
  }

  private var numbers: [Mistake] {
    [
      (!(1...86_400_000 ~= deadline), "--deadline must be from 1 ms to a day (86400000 ms)"),
      ((rescans ?? 0) < 0, "--rescans can't be negative"),
      (
        !(0...1e9 ~= timeout ?? 1) || isAsked(.tree) && timeout == 0,
        "--timeout must be above 0, up to 1e9"
      ),
      (
        process == nil && command.isEmpty,
        "name a process; without one it takes a command: record -- COMMAND"
      ),
    ]
  }
}
