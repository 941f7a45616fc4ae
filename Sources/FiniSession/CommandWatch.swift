package import FiniModel
internal import FiniObservers
internal import FiniProcfs
internal import FiniPtrace
internal import FiniStore
internal import Glibc

/// How a command that was watched ended.
package struct CommandEnd {
  /// How it ended; `nil` if it was left running.
  package var status: WaitStatus?
  /// Whether its time was over.
  package var wasTimedOut: Bool
  /// Whether it traced what was to be watched.
  package var didTouch: Bool
  /// The run, judged.
  var run: JudgedRun?
  /// The program and its arguments.
  var command: [String] = []

  package init(status: WaitStatus?, wasTimedOut: Bool, didTouch: Bool) {
    self.status = status
    self.wasTimedOut = wasTimedOut
    self.didTouch = didTouch
  }

  /// Ends this process by a signal.
  package static func die(by signal: Signal) -> Never { LaunchedCommand.die(by: signal) }
}

/// Runs a command, and records what it and any other tracer do.
package struct CommandWatch {
  private let options: WatchOptions
  private let command: [String]
  private let isForeground: Bool
  private let tell: (Notice) -> Void
  private let logs: TracerLogs
  private var name: String { command[0] }

  /// Gets ready.
  ///
  /// - Parameters:
  ///   - command: the program, looked up in PATH, and its arguments.
  ///   - isForeground: whether it is left in the process group of fini-trace.
  package init(
    _ command: [String], isForeground: Bool, _ options: WatchOptions,
    tell: @escaping (Notice) -> Void
  ) {
    precondition(!command.isEmpty, "a command without a name")
    self.command = command
    self.isForeground = isForeground
    self.options = options
    self.tell = tell
    logs = TracerLogs(command)
  }

  /// Why it was not run or not watched, where that is not told of the command, as env(1) tells one from the other.
  package struct Failure: Error, CustomStringConvertible {
    let cause: SessionError
    package var description: String { cause.description }
  }

  /// Runs it.
  ///
  /// - Throws: `StoreError`, ``Failure``, or ``SessionError`` if the command itself can't be run.
  package func run() throws -> CommandEnd {
    do { return try runWatched() } catch let error as SessionError {
      if ExitStatus(of: error).isOfCommand { throw error }
      throw Failure(cause: error)
    }
  }

  private func runWatched() throws -> CommandEnd {
    let subject = try subject()
    var child: LaunchedCommand
    do {
      child = try LaunchedCommand(
        command, ownGroup: !isForeground, toError: options.keepsOutputForData)
    } catch {
      throw SessionError.commandNotStarted(name, error)
    }
    // A file is made only where something can be watched.
    let bpf = try bpf()
    let book = try RunBook(recordingTo: options.path)
    switch consume bpf {
    case .some(var observer):
      WatchOptions.hurry()
      observer.follow(child.process)
      Tracer.blockSignals(interrupts: true)
      var recording = ObservedRecording(of: subject, by: .bpf, in: book, tell: tell)
      try begin(&recording, child.process, &observer)
      do throws(Errno) {
        try child.go()
      } catch {
        try recording.discard()
        throw SessionError.commandNotRun(name, error)
      }
      return try follow(child, observer, recording) { child, _ in child.end() }
    case .none:
      Tracer.blockSignals(interrupts: true)
      var recording = ObservedRecording(of: subject, by: .ptraceObserver, in: book, tell: tell)
      let observer = try traced(&child, &recording)
      return try follow(child, observer, recording) { _, observer in observer.end }
    }
  }

  private func subject() throws(SessionError) -> TaskIdentity {
    // Without one it is the task that the command traces; see docs/Decisions/0022.
    guard let task = options.task else {
      return TaskIdentity(task: TaskID(0), startTicks: nil, name: "")
    }
    return try Victims.identify(task)
  }

  /// The BPF observer; `nil` if the command is to be traced instead.
  private func bpf() throws(SessionError) -> BPFObserver? {
    if options.observer == .ptrace { return nil }
    do {
      return try options.loadBPF()
    } catch {
      guard options.observer == .auto else { throw .bpfRefused(error) }
      tell(.tracesCommand(name, cause: error.cause))
      return nil
    }
  }

  /// Seizes the command, and lets it run.
  private func traced(
    _ child: inout LaunchedCommand, _ recording: inout ObservedRecording
  ) throws -> PtraceObserver {
    var observer: PtraceObserver
    do throws(PtraceRefusal) {
      observer = try PtraceObserver(subject: options.task, command: child)
    } catch {
      throw SessionError.commandNotTraced(name, error)
    }
    try begin(&recording, child.process, &observer)
    do throws(PtraceObserver.StartError) {
      try observer.start(&child)
    } catch {
      try recording.discard()
      switch error {
      case .refused(let refusal): throw SessionError.commandNotTraced(name, refusal)
      case .notRun(let error): throw SessionError.commandNotRun(name, error)
      }
    }
    return observer
  }

  /// Begins the run before the command runs: both would wait for the disk.
  private func begin<Watch: Observer & ~Copyable>(
    _ recording: inout ObservedRecording, _ process: TaskID, _ observer: inout Watch
  ) throws {
    // The command waits at its gate, and is called by the name that it will have.
    try recording.begin(
      tracer: TaskIdentity(
        task: process, startTicks: (try? TaskStat(of: process))?.startTicks,
        name: String(name.split(separator: "/").last ?? "")))
    try recording.noteState(by: &observer)
  }

  /// Records until the command has ended.
  private func follow<Watch: Observer & ~Copyable>(
    _ child: consuming LaunchedCommand, _ watch: consuming Watch, _ started: ObservedRecording,
    end: (borrowing LaunchedCommand, borrowing Watch) -> WaitStatus?
  ) throws -> CommandEnd {
    var recording = started
    var observer = watch
    var time = CommandTime(options.timeout)
    var isGivenUp = false
    var ending: WaitStatus?
    while ending == nil, !isGivenUp {
      ending = end(child, observer)
      if options.readsAtEnd {
        usleep(useconds_t(WatchOptions.interval) * 1000)
      } else {
        try recording.take(from: &observer, timeout: WatchOptions.interval)
      }
      logs.look(below: child.process, tracer: observer.lastTracer)
      if let signal = LaunchedCommand.takeInterrupt() {
        try recording.snapshot(by: &observer, of: child.process)
        child.signal(signal)
      }
      guard let step = time.step() else { continue }
      // How it ended is its own matter.
      ending = ending ?? end(child, observer)
      if ending != nil { break }
      tell(.overdue(step, command: name, seconds: options.timeout ?? 0))
      // Before each step: a tracer that is gone says nothing of what it hung in.
      try recording.snapshot(by: &observer, of: child.process)
      switch step {
      case .ask: send(.terminate, to: child)
      case .kill: send(.kill, to: child)
      case .giveUp: isGivenUp = true
      }
    }
    // What it did before its end may fill the ring.
    while observer.hasMore { try recording.take(from: &observer, timeout: 0) }
    // A task that was ended with it may need a moment.
    let patience = Patience(nanoseconds: WatchOptions.patience)
    while time.isOver, !observer.held.isEmpty, !patience.isOver {
      try recording.take(from: &observer, timeout: WatchOptions.interval)
    }
    let held = observer.held
    let run = try recording.finish(
      with: &observer, reason: time.isOver ? WatchEnd.timedOut.words : nil, logs: logs)
    if time.isOver { tellHeld(held) }
    // Only now: the last of what it did may have been read just then.
    let didTouch = observer.hasSeenRequest
    if !didTouch {
      tell(.didNotTrace(command: name, options.task))
      if recording.source == .ptraceObserver { tell(.childrenNotSeen) }
    }
    var end = CommandEnd(status: ending, wasTimedOut: time.isOver, didTouch: didTouch)
    end.run = run
    end.command = command
    return end
  }

  /// As timeout(1): the tracer may be a child of the command.
  private func send(_ signal: Signal, to child: borrowing LaunchedCommand) {
    isForeground ? child.signal(signal) : child.signalGroup(signal)
  }

  /// What is traced by a task that did not end with the command, or could not be ended.
  private func tellHeld(_ held: [TaskID]) {
    for task in held.prefix(ObservedRecording.mostLooks) {
      guard let tracer = (try? TaskStatus(of: task))?.tracer, tracer.rawValue > 0 else { continue }
      tell(.stillTraced(task, by: tracer))
    }
  }
}
