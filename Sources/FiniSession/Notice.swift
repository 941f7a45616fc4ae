package import FiniEngine
package import FiniImporters
package import FiniModel
internal import FiniObservers

/// What a command tells the user while it is under way.
package enum Notice {
  /// BPF is refused for this cause, and the command is traced in its place.
  case tracesCommand(String, cause: String)
  /// What is done about a command that takes too long; it had so many seconds.
  case overdue(CommandTime.Step, command: String, seconds: Double)
  /// A task has another tracer after the command's end.
  case stillTraced(TaskID, by: TaskID)
  /// The command made no request of the task; without one, of any.
  case didNotTrace(command: String, TaskID?)
  /// What the command's children did is not in the recording.
  case childrenNotSeen
  /// A task is about to be infected, once or twice: the word record alone does not tell that.
  case infects(TaskIdentity, isTwice: Bool)
  /// A process and those below it are about to be infected.
  case infectsTree(TaskID)
  /// It waits for a tracer of this task.
  case watches(TaskIdentity)
  /// It waits for every tracer of the machine, or for those with these names.
  case watchesAll([String])
  /// The session of a tracer is over, and what it was judged to be.
  case sessionEnded(run: Int64, TaskIdentity, String)
  /// The end of a session could not be stored.
  case sessionNotEnded(run: Int64, String)
  /// So many sessions were not recorded until now, because others were.
  case turnedAway(UInt64, most: Int)
  /// What is to be written or dropped can't be, for now.
  case notKept(String)
  /// What the file may have is taken by runs that are under way.
  case isFull
  /// A tracer is in a system call, for so many nanoseconds now.
  case inCall(task: TaskID, number: UInt64, target: TaskID, Int64)
  /// The state of a task, from /proc.
  case snapshot(String)
  /// Events were lost.
  case lost(UInt64)
  /// The run is over.
  case judged(run: Int64, String)
  /// What the run does not show.
  case unseen(String)
  /// A log that the tracer wrote is in the run.
  case readLog(InputSummary)
  /// A log that the tracer wrote could not be read; why.
  case logNotRead(String)
  /// What became of the lines of a log.
  case imported(InputSummary)
  /// A bundle is written.
  case wroteBundle(String)

  /// The recorder was killed; the task is the one that it was curing, if there was one.
  case recorderKilled(by: Signal, task: TaskID?)
  /// The task is gone, and there is nothing to repair.
  case hasEnded(TaskID)
  /// What was repaired.
  case repaired(TaskID, RepairReport)

  /// The notice, a line each.
  package var lines: [String] {
    switch self {
    case .tracesCommand(let command, let cause):
      ["\(cause); tracing \(command) instead, which shows less"]
    case .overdue(.ask, let command, let seconds):
      ["\(command) has not ended in \(seconds) s: sending SIGTERM"]
    case .overdue(.kill, let command, _):
      ["\(command) has not heeded SIGTERM in \(CommandTime.grace) s: sending SIGKILL"]
    case .overdue(.giveUp, let command, _):
      ["\(command) has not ended \(CommandTime.grace) s after SIGKILL: it is left as it is"]
    case .stillTraced(let task, let tracer): ["\(task) is still traced by \(tracer)"]
    case .didNotTrace(let command, let task):
      ["\(command) did not trace \(task.map { "\($0)" } ?? "anything")"]
    case .childrenNotSeen: ["what its children did was not seen: only BPF shows that"]
    case .infects(let task, let isTwice):
      ["infecting \(task.task) (\(task.name))\(isTwice ? ", twice" : "") ..."]
    case .infectsTree(let task): ["infecting \(task) and every process below it ..."]
    case .watches(let task): ["watching \(task.task) (\(task.name)); Ctrl-C ends it"]
    case .watchesAll(let names):
      [
        "watching \(names.isEmpty ? "every tracer" : names.joined(separator: ", "))"
          + "; Ctrl-C ends it"
      ]
    case .sessionEnded(let run, let tracer, let summary):
      ["run \(run): \(tracer.name) (\(tracer.task)): \(summary)"]
    case .sessionNotEnded(let run, let why): ["run \(run) has no end: \(why)"]
    case .turnedAway(let count, let most):
      ["\(count) sessions were not recorded: more than \(most) were open at once"]
    case .notKept(let why): [why]
    case .isFull:
      ["runs under way fill what --keep allows: what comes is counted as lost until one ends"]
    case .inCall(let task, let number, let target, let nanoseconds):
      [
        "\(task) has been in \(SyscallNumber.name(number) ?? "system call \(number)") of"
          + " \(target.rawValue > 0 ? "\(target)" : "any task") for"
          + " \(Double(nanoseconds / 1_000_000) / 1000) s"
      ]
    case .snapshot(let sentence): [sentence]
    case .lost(let count): ["\(count) events were lost; see the gaps"]
    case .judged(let run, let summary): ["run \(run): \(summary)"]
    case .unseen(let words): [words]
    case .readLog(let log):
      ["read \(log.name): \(log.lines) line\(log.lines == 1 ? "" : "s")"]
    case .logNotRead(let why): ["the tracer's log is not in the run: \(why)"]
    case .imported(let log):
      [
        "\(log.name): \(log.format.rawValue), \(log.lines) lines, \(log.used) used,"
          + " \(log.passed) ignored, \(log.unparsed) not understood"
          + (log.anchor.map { "; joined by \($0)" } ?? "")
      ]
    case .wroteBundle(let path):
      [
        "wrote \(path == ExportFile.standardOutput ? "the bundle to standard output" : path);"
          + " read its REDACTED.md before you send it"
      ]
    case .recorderKilled(let signal, nil):
      ["the recorder was ended by \(signal); nothing was under way"]
    case .recorderKilled(let signal, let task?):
      ["the recorder was ended by \(signal) in the middle of \(task)"]
    case .hasEnded(let task): ["\(task) has ended"]
    case .repaired(let task, let report):
      (report.hasDone ? report.lines(of: task) : ["\(task): nothing to repair"])
        + report.complaints(of: task)
    }
  }
}

extension Notice {
  /// Whether it tells only that all goes on as it should.
  package var isNews: Bool {
    switch self {
    case .watchesAll, .sessionEnded, .readLog, .judged: true
    default: false
    }
  }
}
