import ArgumentParser
import FiniEngine
import FiniModel
import FiniRender
import FiniSession

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

  var mistakes: [Mistake] { words.mistakes }

  private var words: RecordWords {
    RecordWords(
      process: pid, stray: stray, named: named, strategy: strategy, deadline: deadline,
      isTwice: ab, isTree: tree, rescans: rescans, isWatch: watch, timeout: timeout,
      observer: observer, isForeground: foreground, command: command,
      hasTerminator: CommandWords(CommandLine.arguments.dropFirst()).hasTerminator)
  }

  func run() throws {
    switch words.way {
    case .cure: try recordTask()
    case .both: try recordBoth()
    case .tree: try recordTree()
    case .watch:
      let result = try TracerWatch(words.task, watchOptions, tell: Message.write).run()
      try output.end(with: WatchedReport(result.watched, file: file.path), result.status)
    case .command: try runCommand()
    }
  }

  /// The process, which is told before it is touched.
  private func examine() throws -> TaskFacts {
    let facts = try Victims.examine(words.task)
    Message.write(.infects(facts.identity, isTwice: ab))
    return facts
  }

  private func recordTask() throws {
    let facts = try examine()
    try tell(try Recording(of: facts, options: options, in: try openBook()).make())
  }

  private func recordBoth() throws {
    let task = try examine().task
    switch try Recording.makeBoth(of: task, options: options, in: try openBook()) {
    case .wentWrong(let result): try tell(result)
    case .compared(let runs):
      let report = RunsReport(runs, everything: false)
      try output.end(with: report, ExitStatus(answer: report.status))
    }
  }

  private func recordTree() throws {
    // Before a file is made for nothing.
    let recording = try TreeRecording(below: words.task, options: words.treeOptions(options))
    Message.write(.infectsTree(words.task))
    let result = try recording.make(in: try openBook())
    let reading = try result.tree.reading()
    let report = TreeReport(
      reading, header: result.tree.header, kernelMade: result.report.kernelMade,
      leftAlone: result.report.leftAlone)
    try output.end(with: report, try result.conclusion(reading))
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
    words.cureOptions(
      rehearses: !unrehearsed, dyingBeforeCall: dieBeforeCall,
      killingGuardBeforeCall: killGuardBeforeCall)
  }

  private func tell(_ result: Recording.Result) throws {
    try output.end(with: CheckReport(result.run.answer), result.conclusion)
  }

  private var watchOptions: WatchOptions {
    words.watchOptions(
      recordingTo: file.path, ringSize: ringSize, readsAtEnd: readAtEnd,
      keepsOutputForData: output.json)
  }

  private func runCommand() throws {
    let end = try words.commandWatch(watchOptions, tell: Message.write).run()
    output.write(WatchedReport(end.watched, file: file.path))
    switch end.passedOn {
    case .status(let status): throw ExitCode(status)
    case .signal(let signal): CommandEnd.die(by: signal)
    }
  }
}
