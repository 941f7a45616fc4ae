package import FiniModel

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

  // What stands in the place of the process, and a word after that.
  let process: ProcessNumber?
  private let stray: String?
  // The value of `-p`, which `strace` and `perf` take.
  private let named: String?
  let strategy: Word<FiniStrategy>
  // In milliseconds.
  let deadline: Int
  private let isTwice: Bool
  private let isTree: Bool
  let rescans: Int?
  private let isWatch: Bool
  // In seconds.
  let timeout: Double?
  let observer: ObserverChoice
  let isForeground: Bool
  let command: [String]
  private let hasTerminator: Bool

  /// - Parameters:
  ///   - process: what stands in the place of the process; `stray` is a word after that.
  ///   - named: the value of `-p`, which `strace` and `perf` take.
  ///   - deadline: in milliseconds.
  ///   - timeout: in seconds.
  ///   - hasTerminator: whether there is `--`; the command comes after it.
  package init(
    process: ProcessNumber?, stray: String?, named: String?, strategy: Word<FiniStrategy>,
    deadline: Int, isTwice: Bool, isTree: Bool, rescans: Int?, isWatch: Bool, timeout: Double?,
    observer: ObserverChoice, isForeground: Bool, command: [String], hasTerminator: Bool
  ) {
    self.process = process
    self.stray = stray
    self.named = named
    self.strategy = strategy
    self.deadline = deadline
    self.isTwice = isTwice
    self.isTree = isTree
    self.rescans = rescans
    self.isWatch = isWatch
    self.timeout = timeout
    self.observer = observer
    self.isForeground = isForeground
    self.command = command
    self.hasTerminator = hasTerminator
  }

  /// What is to be done, where the mistakes were refused.
  package var way: Way { ways.first ?? .cure }

  /// What each word asks for; more than one is a mistake.
  private var ways: [Way] {
    let asked: [(Bool, Way)] = [
      (isTwice, .both), (isTree, .tree), (isWatch, .watch), (!command.isEmpty, .command),
    ]
    return asked.filter { $0.0 }.map { $0.1 }
  }

  /// What can be wrong, in the order in which it is looked for: whether it is, and the line that tells it.
  package var mistakes: [Mistake] {
    [strategy.mistake] + typed + contradictions + numbers + [process?.mistake].compactMap { $0 }
  }

  private func isAsked(_ way: Way) -> Bool { ways.contains(way) }

  /// Slips of people who know other tools.
  private var typed: [Mistake] {
    let number = process.flatMap { Int($0.text) }.map { " \($0)" } ?? ""
    let words = (number.isEmpty ? [process?.text] : []) + [stray]
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
        isAsked(.both) && strategy.value != .breakpoint,
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
      (
        isAsked(.command) && strategy.isAsked,
        "--strategy is of our own cure: it goes with no command"
      ),
      (isForeground && !isAsked(.command), "--foreground needs a command: record -- COMMAND"),
      (
        observer != .auto && !isAsked(.command) && !isAsked(.watch),
        "--observer needs a command to be watched"
      ),
      (
        isAsked(.watch) && observer == .ptrace,
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
