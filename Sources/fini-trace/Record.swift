import ArgumentParser
import FiniEngine
import FiniModel
import FiniProcfs
import FiniPtrace
import FiniRender
import FiniStore
import FiniTimeline
import Glibc

/// `fini-trace record`
struct Record: ParsableCommand {
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
  var pid: String?

  @Option(help: "How to catch it around rt_sigreturn.")
  var strategy: FiniStrategy = .breakpoint

  @Option(help: "How long any one stop or answer is waited for, in milliseconds.")
  var deadline: Int = 2000

  @Flag(help: "All tasks below it too, and all their threads, one after the other.")
  var tree = false

  @Option(help: "With --tree: how often to look again for tasks that came meanwhile.")
  var rescans: Int = 16

  @Flag(help: "Twice: by a breakpoint and by tracing system calls; then compare the two.")
  var ab = false

  @Flag(help: "Wait for a tracer that somebody else starts; record until it leaves.")
  var watch = false

  @Option(help: "With --tree, --watch or a command: how long at most, in seconds.")
  var timeout: Double?

  @Flag(help: "With a command: leave it in our process group, so that it may read the terminal.")
  var foreground = false

  @Option(help: "With a command: who watches it. auto takes bpf where that is permitted.")
  var observer: ObserverChoice = .auto

  @Argument(parsing: .postTerminator, help: "A tracer to run and watch, with its arguments.")
  var command: [String] = []

  @OptionGroup var file: FileOption
  @OptionGroup var look: StyleOptions

  @Flag(help: "The result as JSON.")
  var json = false

  @Flag(help: "In one process, without a guard that repairs what a killed recorder leaves.")
  var unguarded = false

  // For tests: a ring that overflows.
  @Option(help: .hidden) var ringSize: UInt32?
  @Flag(help: .hidden) var readAtEnd = false
  // For tests: what a kill -9 at any moment leaves behind, of the recorder or of its guard.
  @Option(help: .hidden) var dieBeforeCall: Int?
  @Option(help: .hidden) var killGuardBeforeCall: Int?

  func run() throws {
    try reporting {
      guard deadline > 0 else {
        throw Failure(message: "--deadline must be at least 1 ms", status: 64)
      }
      guard observer == .auto || watch || !command.isEmpty else {
        throw Failure(message: "--observer needs a command to be watched", status: 64)
      }
      if ab { return try RecordAB(self).run() }
      if watch || !command.isEmpty {
        guard !watch || command.isEmpty, !tree else {
          throw Failure(
            message: "--watch, --tree and a command exclude each other", status: 64)
        }
        return try Observe(record: self).run()
      }
      if tree { return try RecordTree(self).run() }
      let facts = try Victims.examine(pid)
      try standGuard()
      let file = try TraceFile.openForRecording(self.file.path)
      // Before there is a second thread: the signals are read from a descriptor by the tracer.
      Tracer.blockSignals(interrupts: true)
      let run = try Recording(facts: facts, file: file, options: options).make()
      try tell(run, file)
    }
  }

  /// Before a file is open or there is a second thread.
  func standGuard() throws {
    if !unguarded { try Guard.stand(behind: file.path) }
  }

  var options: CureOptions {
    var options = CureOptions(
      strategy: strategy, deadline: Int64(deadline) * 1_000_000, interrupts: true)
    if let dieBeforeCall {
      options.beforeCall = { if $0 == dieBeforeCall { kill(getpid(), SIGKILL) } }
    }
    if let killGuardBeforeCall {
      options.beforeCall = { if $0 == killGuardBeforeCall { kill(getppid(), SIGKILL) } }
    }
    return options
  }

  func tell(_ result: Recording.Result, _ file: TraceFile) throws {
    let run = try LoadedRun(.number(result.run), in: file)
    let report = CheckReport(run.timeline, header: run.header)
    var output = Output()
    if json {
      report.writeJSON(to: &output)
    } else {
      report.write(to: &output, style: look.style())
    }
    output.flush()
    if let failure = result.report.failure {
      Message.write(Recording.explain(failure, of: run.summary.tracee.task))
    }
    if result.report.wasInterrupted { throw ExitCode(130) }
    guard result.report.isCured, result.report.failure == nil else { throw ExitCode(1) }
  }
}

/// Finds out whether a process may be touched.
enum Victims {
  static func number(_ text: String?) throws -> TaskID {
    guard let text else {
      throw Failure(
        message: "name a process; without one it takes a command: record -- COMMAND", status: 64)
    }
    guard let number = Int32(text), number > 0 else {
      throw Failure(
        message: "\"\(text)\" is not a process number; name one as ps -e shows it", status: 64)
    }
    return TaskID(number)
  }

  static func examine(_ text: String?) throws -> TaskFacts { try examine(try number(text)) }

  static func examine(_ task: TaskID) throws -> TaskFacts {
    do {
      return try TaskFacts(examining: task, ourselves: TaskID(getpid()))
    } catch {
      throw Failure(message: error.message)
    }
  }
}

/// One run: a cure, recorded.
struct Recording {
  struct Result {
    var run: Int64
    var report: CureReport
  }

  let facts: TaskFacts
  let file: TraceFile
  let options: CureOptions

  func make() throws -> Result {
    let started = Tracer.now()
    let wallClock = Int64(Tracer.wallClock())
    let (facts, options) = (facts, options)
    let tracer = PtraceThread.runBlocking { Tracer.currentTask }
    let recorder = try file.beginRun(
      RunStart(
        source: .engine, strategyAsked: options.strategy,
        commandLine: CommandLine.arguments.joined(separator: " "),
        tracer: try TaskIdentity(reading: tracer), tracee: facts.identity,
        toolVersion: FiniTrace.version, kernelRelease: Recording.kernelRelease, started: started,
        startedRealtime: wallClock))
    let outcome = PtraceThread.runBlocking { () -> Swift.Result<CureReport, CureError> in
      do throws(CureError) {
        return .success(try Cure(of: facts, options: options).run(recordingTo: recorder))
      } catch {
        return .failure(error)
      }
    }
    try recorder.flush()
    let timeline = Timeline(reading: try file.events(of: recorder.run))
    let report = try? outcome.get()
    try recorder.finish(
      RunEnd(
        verdict: timeline.judgement.verdict,
        evidence: timeline.judgement.evidence.map { $0.event },
        strategyTaken: report?.taken, exitSummary: timeline.judgement.summary,
        finished: Tracer.now(), finishedRealtime: Int64(Tracer.wallClock())))
    switch outcome {
    case .success(let report): return Result(run: recorder.run, report: report)
    case .failure(let error): throw Failure(message: Recording.explain(error, of: facts.task))
    }
  }

  static func explain(_ error: CureError, of task: TaskID) -> String {
    if case .ptrace(.refused(.seize, _, .notPermitted)) = error {
      return "not permitted to trace \(task): \(TaskFacts.permissionHint(for: task))"
    }
    return "task \(task): \(error.message)"
  }

  static var kernelRelease: String {
    guard let bytes = try? ProcFile.read("/proc/sys/kernel/osrelease") else { return "" }
    return String(decoding: bytes.prefix { $0 != 0x0a }, as: UTF8.self)
  }
}
