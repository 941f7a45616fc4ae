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
    usage: HelpText.recordUsage, discussion: HelpText.record)

  @Argument(help: "The process (or one thread of it).")
  var pid: ProcessNumber?
  // What is typed first by people who know strace -p PID, or PID COMMAND of other tools.
  @Argument(help: .hidden) var stray: String?
  @Option(name: .customShort("p"), help: .hidden) var named: String?
  @Option(help: ArgumentHelp(HelpText.strategy)) var strategy = Word(FiniStrategy.breakpoint)
  @Option(help: "How long any one stop or answer is waited for, in milliseconds.")
  var deadline: Int = 2000
  @Flag(help: "All tasks below it too, and all their threads, one after the other.")
  var tree = false
  @Option(help: "With --tree: how often to look again for tasks that came meanwhile (16).")
  var rescans: Int?
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
    let asked: [(Bool, RecordWords.Way)] = [
      (ab, .both), (tree, .tree), (watch, .watch), (!command.isEmpty, .command),
    ]
    let words = RecordWords(
      ways: asked.filter { $0.0 }.map { $0.1 },
      hasTerminator: CommandLine.arguments.contains("--"), command: command, process: pid?.text,
      stray: stray, named: named, hasStrategy: strategy.isAsked,
      hasOtherStrategy: strategy.value != .breakpoint, hasObserver: observer != .auto,
      isTracing: observer == .ptrace, isForeground: foreground, rescans: rescans,
      timeout: timeout, deadline: deadline)
    return [strategy.mistake] + words.mistakes + [pid?.mistake].compactMap { $0 }
  }

  func run() throws {
    if !command.isEmpty { return try runCommand() }
    guard let task = pid?.task else { preconditionFailure("a mistake was refused") }
    if watch {
      let (end, run) = try TracerWatch(task, watchOptions, tell: Message.write).run()
      if output.json {
        output.write(WatchedReport(run.answer, file: file.path, status: end.status.rawValue))
      }
      if end.status != .good { throw ExitCode(end.status) }
    } else if tree {
      try recordTree(below: task)
    } else {
      try recordTask(task)
    }
  }

  private func recordTask(_ task: TaskID) throws {
    let facts = try Victims.examine(task)
    Message.write(.infects(facts.identity, isTwice: ab))
    let book = try openBook()
    if !ab { return try tell(try Recording(of: facts, options: options, in: book).make()) }
    let results = try Recording.makeBoth(of: task, options: options, in: book)
    if let last = results.last, !last.isGood { return try tell(last) }
    let columns = try results.map { try ComparedColumn($0.run.summary, task: nil, in: book.file) }
    let report = RunsReport(columns.map { ($0.run, $0.timeline) }, everything: false)
    try output.end(with: report, ExitStatus(answer: report.status))
  }

  private func recordTree(below task: TaskID) throws {
    // Before a file is made for nothing.
    let recording = try TreeRecording(
      below: task,
      options: TreeOptions(
        cure: options, rescans: rescans ?? 16, time: timeout.map { Int64($0 * 1e9) }))
    Message.write(.infectsTree(task))
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
    try output.end(with: CheckReport(result.run.answer), result.conclusion)
  }

  private func tell(_ result: TreeRecording.Result) throws {
    let reading = try result.tree.reading()
    let report = TreeReport(
      reading, header: result.tree.header, kernelMade: result.report.kernelMade,
      leftAlone: result.report.leftAlone)
    try output.end(with: report, try result.conclusion(reading))
  }

  private var watchOptions: WatchOptions {
    WatchOptions(
      task: pid?.task, path: file.path, timeout: timeout, observer: observer, ringSize: ringSize,
      readsAtEnd: readAtEnd, keepsOutputForData: output.json)
  }

  /// What came of a command, for a program.
  private func report(on end: CommandEnd) -> WatchedReport {
    let status: Int32
    switch end.passedOn {
    case .status(let number): status = number
    // As a shell shows it.
    case .signal(let signal): status = 128 + signal.rawValue
    }
    var report = WatchedReport(end.run?.answer, file: file.path, status: status)
    report.command = WatchedReport.Command(
      words: command, end: end.status, wasTimedOut: end.wasTimedOut, didTrace: end.didTouch)
    return report
  }

  private func runCommand() throws {
    let end: CommandEnd
    do {
      end = try CommandWatch(
        command, isForeground: foreground, watchOptions, tell: Message.write
      ).run()
    } catch let error as SessionError where !ExitStatus(of: error).isOfCommand {
      // As env(1): fini-trace failed, and not the command.
      throw ExitCode(.launcherFailed, because: error.description)
    }
    if output.json { output.write(report(on: end)) }
    switch end.passedOn {
    case .status(let status): throw ExitCode(status)
    case .signal(let signal): CommandEnd.die(by: signal)
    }
  }
}
