import ArgumentParser
import FiniEngine
import FiniModel
import FiniRender
import FiniSession
import FiniStore
import FiniTimeline
import Glibc

/// `fini-trace record`
struct Record: Checked {
  static let configuration = CommandConfiguration(
    abstract: "Infect and cure a process, or watch another tracer do it; record each step.",
    usage: """
      fini-trace record <pid> [--strategy <strategy>] [--tree [--timeout <s>]]
      fini-trace record <pid> --ab
      fini-trace record <pid> [--timeout <s>] [--observer <observer>] -- <command> ...
      fini-trace record [--timeout <s>] [--observer <observer>] -- <command> ...
      fini-trace record <pid> --watch [--timeout <s>]
      """,
    discussion: """
      With a command it runs that, and records what it and any other tracer do to the process; \
      without a process, what the command does to whatever it traces (criu restore, say). The \
      command's exit status or signal is passed on; 124 it took longer than --timeout, 125 fini-trace \
      failed, 126 the command could not be run, 127 it was not found. It is watched by a BPF program in \
      the kernel, or where that is not permitted by tracing it: then the calls of the command alone are \
      seen, not those of its children.
      """)

  @Argument(help: "The process (or one thread of it).")
  var pid: ProcessNumber?
  @Option(help: "How to catch it around rt_sigreturn.")
  var strategy = Word(FiniStrategy.breakpoint)
  @Option(help: "How long any one stop or answer is waited for, in milliseconds.")
  var deadline: Int = 2000
  @Flag(help: "All tasks below it too, and all their threads, one after the other.")
  var tree = false
  @Option(help: "With --tree: how often to look again for tasks that came meanwhile.")
  var rescans: Int = 16
  @Flag(help: "Twice: by a breakpoint and by tracing system calls; then compare the two.")
  var ab = false
  @Flag(help: "Wait for a tracer that another program starts; record until it leaves.")
  var watch = false
  @Option(help: "With --tree, --watch or a command: how long at most, in seconds.")
  var timeout: Double?
  @Flag(help: "With a command: leave it in this process group, so that it may read the terminal.")
  var foreground = false
  @Option(help: "With a command: what watches it. auto takes bpf where that is permitted.")
  var observer: ObserverChoice = .auto
  @Argument(parsing: .postTerminator, help: "A tracer to run and watch, with its arguments.")
  var command: [String] = []
  @OptionGroup var file: FileOption
  @OptionGroup var output: ReportOptions
  @Flag(help: "In one process, without a guard that repairs what a killed recorder leaves.")
  var unguarded = false
  // For measuring what a rehearsal is good for.
  @Flag(help: .hidden) var unrehearsed = false
  // For tests: a ring that overflows; what a kill -9 of the recorder or of its guard leaves.
  @Option(help: .hidden) var ringSize: UInt32?
  @Flag(help: .hidden) var readAtEnd = false
  @Option(help: .hidden) var dieBeforeCall: Int?
  @Option(help: .hidden) var killGuardBeforeCall: Int?

  var mistakes: [Mistake] {
    [
      strategy.mistake,
      (!(1...86_400_000 ~= deadline), "--deadline must be from 1 ms to a day (86400000 ms)"),
      (observer != .auto && !watch && command.isEmpty, "--observer needs a command to be watched"),
      (
        ab && (watch || !command.isEmpty),
        "--ab cures the task itself: it goes with no command and not with --watch"
      ),
      (
        ab && tree,
        "--ab is of one task: record the tree twice with --strategy, and compare the runs"
      ),
      (
        ab && strategy.value != .breakpoint,
        "--ab takes breakpoint and syscall, one after the other: leave --strategy out"
      ),
      (
        watch && !command.isEmpty || tree && (watch || !command.isEmpty),
        "--watch, --tree and a command exclude each other"
      ),
      (tree && rescans < 0, "--rescans can't be negative"),
      (!(0...1e9 ~= timeout ?? 1) || tree && timeout == 0, "--timeout must be above 0, up to 1e9"),
      pid?.mistake
        ?? (command.isEmpty, "name a process; without one it takes a command: record -- COMMAND"),
      (
        watch && observer == .ptrace,
        "--watch needs BPF: a tracer that another program starts can't be traced from its start"
      ),
    ]
  }

  func run() throws {
    if !command.isEmpty { return try runCommand() }
    guard let task = pid?.task else { preconditionFailure("a mistake was refused") }
    if watch {
      let end = try TracerWatch(task, watchOptions, tell: Message.write).run()
      if end == .interrupted { throw ExitCode(130) }
      if end == .timedOut { throw ExitCode(124) }
    } else if tree {
      try recordTree(below: task)
    } else {
      try recordTask(task)
    }
  }

  private func recordTask(_ task: TaskID) throws {
    let facts = try Victims.examine(task)
    let book = try openBook()
    if !ab { return try tell(try Recording(of: facts, options: options, in: book).make()) }
    let results = try Recording.makeBoth(of: task, options: options, in: book)
    if let last = results.last, !last.isGood { return try tell(last) }
    let columns = try results.map { try ComparedColumn($0.run.summary, task: nil, in: book.file) }
    let report = RunsReport(columns.map { ($0.run, $0.timeline) }, everything: false)
    try output.end(with: report, status: report.status)
  }

  private func recordTree(below task: TaskID) throws {
    // Before a file is made for nothing.
    let recording = try TreeRecording(
      below: task,
      options: TreeOptions(
        cure: options, rescans: rescans, time: timeout.map { Int64($0 * 1e9) }))
    try tell(try recording.make(in: try openBook()))
  }

  /// In the guard it does not return.
  private func openBook() throws -> RunBook {
    // Before a file is open or there is a second thread.
    if !unguarded, let status = try Guard.start(file: file.path, tell: Message.write) {
      throw ExitCode(status)
    }
    let book = try RunBook(recordingTo: file.path)
    Recording.blockSignals()
    return book
  }

  private var options: CureOptions {
    guard let strategy = strategy.value else { preconditionFailure("a mistake was refused") }
    return CureOptions(
      strategy: strategy, deadline: Int64(deadline) * 1_000_000, rehearses: !unrehearsed,
      dyingBeforeCall: dieBeforeCall, killingGuardBeforeCall: killGuardBeforeCall)
  }

  private func tell(_ result: Recording.Result) throws {
    output.write(CheckReport(result.run.answer))
    if let failure = result.report.failure {
      Message.write(failure.sentence(of: result.run.summary.tracee.task))
    }
    if result.report.wasInterrupted { throw ExitCode(130) }
    if !result.isGood { throw ExitCode(1) }
  }

  private func tell(_ result: TreeRecording.Result) throws {
    let (tree, report) = (result.tree, result.report)
    let reading = try tree.reading()
    output.write(
      TreeReport(
        reading, header: tree.header, kernelMade: report.kernelMade, leftAlone: report.leftAlone))
    if report.wasInterrupted { throw ExitCode(130, because: "interrupted; no task is left traced") }
    if report.wasOverdue {
      throw ExitCode(124, because: "--timeout is over; no task is left traced")
    }
    guard try result.isGood() else {
      throw ExitCode(1, because: "run \(tree.summary.number): \(reading.sentence)")
    }
  }

  private var watchOptions: WatchOptions {
    WatchOptions(
      task: pid?.task, path: file.path, timeout: timeout, observer: observer, ringSize: ringSize,
      readsAtEnd: readAtEnd)
  }

  private func runCommand() throws {
    let end: CommandEnd
    do {
      end = try CommandWatch(
        command, isForeground: foreground, watchOptions, tell: Message.write
      ).run()
    } catch let error as SessionError where error.status == 1 {
      // As env(1): fini-trace failed, and not the command.
      throw ExitCode(125, because: error.description)
    }
    // As timeout(1).
    if end.wasTimedOut { throw ExitCode(124) }
    switch end.status {
    case .exited(0): if !end.didTouch { throw ExitCode(1) }
    case .exited(let code): throw ExitCode(Int32(code))
    case .killed(let signal, _): CommandEnd.die(by: signal)
    default: throw ExitCode(125)
    }
  }
}
