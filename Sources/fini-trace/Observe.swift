import ArgumentParser
import FiniModel
import FiniObservers
import FiniProcfs
import FiniPtrace
import FiniRender
import FiniStore
import FiniTimeline
import Glibc

/// `fini-trace record <pid> -- COMMAND` and `fini-trace record <pid> --watch`: what another tracer does.
struct Observe {
  let record: Record
  private var command: [String] { record.command }

  /// How long a tracer that has let go of everything may take to come back, in nanoseconds.
  private static let patience: UInt64 = 300_000_000
  /// How often it looks, in ms; a ring that fills up wakes it earlier. A short dump is over by then, and on
  /// two processors a look takes one of them from it.
  private static let interval: Int32 = 50
  /// How many of the tasks that are held are looked at when a tracer hangs.
  private static let mostLooks = 16

  func run() throws {
    do {
      try command.isEmpty ? watch() : launch()
    } catch let failure as Failure where !command.isEmpty && failure.status == 1 {
      // As env(1): the failure is ours and not the command's.
      throw Failure(message: failure.message, status: 125)
    }
  }

  // MARK: Set-up

  private func subject() throws -> TaskIdentity {
    // Without one it is whom the command traces; see docs/Decisions/0022.
    if record.pid == nil, !command.isEmpty {
      return TaskIdentity(task: TaskID(0), startTicks: nil, name: "")
    }
    let task = try Victims.number(record.pid)
    guard let identity = try? TaskIdentity(reading: task) else {
      throw Failure(message: "there is no process \(task); see ps -e for those that exist")
    }
    return identity
  }

  // MARK: With a command

  private func launch() throws {
    let subject = try subject()
    var child: LaunchedCommand
    do {
      child = try LaunchedCommand(command, ownGroup: !record.foreground)
    } catch {
      throw Failure(message: "can't start \(command[0]): \(error.meaning)")
    }
    // A file is made only for somebody who can watch.
    let bpf = try bpf(of: subject)
    let file = try TraceFile.openForRecording(record.file.path)
    switch consume bpf {
    case .some(var observer):
      Observe.hurry()
      observer.follow(child.process)
      Tracer.blockSignals(interrupts: true)
      var recording = ObservedRecording(of: subject, by: .bpf, in: file)
      try begin(&recording, child.process, &observer)
      do throws(Errno) {
        try child.go()
      } catch {
        try recording.discard()
        throw notRun(error)
      }
      try follow(child, observer, recording) { child, _ in child.end() }
    case .none:
      Tracer.blockSignals(interrupts: true)
      var recording = ObservedRecording(of: subject, by: .ptraceObserver, in: file)
      let observer = try traced(&child, &recording)
      try follow(child, observer, recording) { _, observer in observer.end }
    }
  }

  /// The BPF observer; `nil` if the command is to be traced instead.
  private func bpf(of subject: TaskIdentity) throws -> BPFObserver? {
    if record.observer == .ptrace { return nil }
    do {
      return try loaded(subject)
    } catch {
      guard record.observer == .auto else { throw Failure(message: error.message) }
      Message.write("\(error.cause); tracing \(command[0]) instead, which shows less")
      return nil
    }
  }

  private func loaded(_ subject: TaskIdentity) throws(BPFRefusal) -> BPFObserver {
    try BPFObserver(
      subject: subject.task.rawValue > 0 ? subject.task : nil,
      ringSize: record.ringSize ?? BPFObserver.defaultRingSize)
  }

  /// Seizes the command, and lets it run.
  private func traced(
    _ child: inout LaunchedCommand, _ recording: inout ObservedRecording
  ) throws -> PtraceObserver {
    let subject = recording.subject.task
    var observer: PtraceObserver
    do throws(PtraceRefusal) {
      observer = try PtraceObserver(
        subject: subject.rawValue > 0 ? subject : nil, command: child)
    } catch {
      throw refused(error)
    }
    try begin(&recording, child.process, &observer)
    do throws(PtraceObserver.StartError) {
      try observer.start(&child)
    } catch {
      try recording.discard()
      switch error {
      case .refused(let refusal): throw refused(refusal)
      case .notRun(let error): throw notRun(error)
      }
    }
    return observer
  }

  private func refused(_ refusal: PtraceRefusal) -> Failure {
    Failure(message: "\(command[0]) can't be traced: \(refusal.message)", status: 125)
  }

  private func notRun(_ error: Errno) -> Failure {
    Failure(
      message: "\(command[0]): \(error.meaning.isEmpty ? error.description : error.meaning)",
      status: error.rawValue == ENOENT ? 127 : 126)
  }

  /// Begins the run before the command does: the disk would be asked for by both.
  private func begin<Watch: Observer & ~Copyable>(
    _ recording: inout ObservedRecording, _ command: TaskID, _ observer: inout Watch
  ) throws {
    try recording.begin(tracer: identity(of: command))
    try look(&observer, into: &recording)
  }

  /// The command behind its gate, by the name that it will have.
  private func identity(of process: TaskID) -> TaskIdentity {
    TaskIdentity(
      task: process, startTicks: (try? TaskStat(of: process))?.startTicks,
      name: String(command[0].split(separator: "/").last ?? ""))
  }

  /// Records until the command has ended.
  private func follow<Watch: Observer & ~Copyable>(
    _ child: consuming LaunchedCommand, _ watch: consuming Watch,
    _ started: ObservedRecording,
    end: (borrowing LaunchedCommand, borrowing Watch) -> WaitStatus?
  ) throws {
    var recording = started
    var observer = watch
    var time = CommandTime(record.timeout)
    var isGivenUp = false
    var ending: WaitStatus?
    while ending == nil, !isGivenUp {
      ending = end(child, observer)
      if record.readAtEnd {
        usleep(useconds_t(Observe.interval) * 1000)
      } else {
        try take(from: &observer, into: &recording, timeout: Observe.interval)
      }
      if let signal = LaunchedCommand.takeInterrupt() {
        try snapshot(&observer, child.process, into: &recording)
        child.signal(signal)
      }
      guard let step = time.step() else { continue }
      // What it ended in meanwhile is its own.
      ending = ending ?? end(child, observer)
      if ending != nil { break }
      Message.write(words(for: step))
      // Before each step: a tracer that is gone says nothing of what it hung in.
      try snapshot(&observer, child.process, into: &recording)
      switch step {
      case .ask: send(.terminate, to: child)
      case .kill: send(.kill, to: child)
      case .giveUp: isGivenUp = true
      }
    }
    // What it did before its end may fill the ring.
    while observer.hasMore { try take(from: &observer, into: &recording, timeout: 0) }
    // Who was ended with it may need a moment.
    let patience = Patience(nanoseconds: Observe.patience)
    while time.isOver, !observer.held.isEmpty, !patience.isOver {
      try take(from: &observer, into: &recording, timeout: Observe.interval)
    }
    let held = observer.held
    try finish(&observer, &recording, time.isOver ? "timed out" : nil)
    if time.isOver { tellHeld(held) }
    // Only now: the last of what it did may have been read just then.
    let didTouch = observer.hasSeenRequest
    if !didTouch { tellUntouched(recording) }
    try passOn(ending, wasTimedOut: time.isOver, didTouch: didTouch)
  }

  private func words(for step: CommandTime.Step) -> String {
    switch step {
    case .ask: "\(command[0]) has not ended in \(record.timeout ?? 0) s: sending SIGTERM"
    case .kill: "\(command[0]) has not heeded SIGTERM in \(CommandTime.grace) s: sending SIGKILL"
    case .giveUp:
      "\(command[0]) has not ended \(CommandTime.grace) s after SIGKILL: it is left as it is"
    }
  }

  /// As timeout(1): the tracer may be a child of the command.
  private func send(_ signal: Signal, to child: borrowing LaunchedCommand) {
    record.foreground ? child.signal(signal) : child.signalGroup(signal)
  }

  /// What is traced by somebody who did not end with the command, or could not be ended.
  private func tellHeld(_ held: [TaskID]) {
    for task in held.prefix(Observe.mostLooks) {
      guard let tracer = (try? TaskStatus(of: task))?.tracer, tracer.rawValue > 0 else { continue }
      Message.write("\(task) is still traced by \(tracer)")
    }
  }

  private func tellUntouched(_ recording: ObservedRecording) {
    let subject = recording.subject.task
    let whom = subject.rawValue > 0 ? "\(subject)" : "anything"
    Message.write("\(command[0]) did not trace \(whom)")
    if recording.source == .ptraceObserver {
      Message.write("what its children did was not seen: only BPF shows that")
    }
  }

  private func passOn(_ end: WaitStatus?, wasTimedOut: Bool, didTouch: Bool) throws {
    // As timeout(1).
    if wasTimedOut { throw ExitCode(124) }
    switch end {
    case .exited(0): if !didTouch { throw ExitCode(1) }
    case .exited(let code): throw ExitCode(Int32(code))
    case .killed(let signal, _): LaunchedCommand.die(by: signal)
    default: throw ExitCode(125)
    }
  }

  // MARK: Without

  private func watch() throws {
    let subject = try subject()
    var observer = try watcher(of: subject)
    let file = try TraceFile.openForRecording(record.file.path)
    Observe.hurry()
    Tracer.blockSignals(interrupts: true)
    var recording = ObservedRecording(of: subject, by: .bpf, in: file)
    try look(&observer, into: &recording)
    Message.write("watching \(subject.task) (\(subject.name)); Ctrl-C ends it")
    let clock = Patience(record.timeout)
    var leaving: Patience?
    var reason: String?
    while reason == nil {
      try take(from: &observer, into: &recording, timeout: Observe.interval)
      if let tracer = observer.lastTracer {
        try recording.begin(
          tracer: (try? TaskIdentity(reading: tracer))
            ?? TaskIdentity(task: tracer, startTicks: nil, name: ""))
      }
      if LaunchedCommand.takeInterrupt() != nil {
        reason = "interrupted"
      } else if clock.isOver {
        reason = "timed out"
      } else if observer.lastTracer != nil, observer.held.isEmpty {
        if leaving == nil { leaving = Patience(nanoseconds: Observe.patience) }
        if leaving?.isOver == true { break }
      } else {
        leaving = nil
        if observer.held.isEmpty, isGone(subject) { reason = "\(subject.task) has ended" }
      }
    }
    if reason != nil, !observer.held.isEmpty {
      try snapshot(&observer, nil, into: &recording)
    }
    try finish(&observer, &recording, reason)
    guard recording.recorder != nil else {
      throw Failure(message: "nobody traced \(subject.task)\(reason.map { ": \($0)" } ?? "")")
    }
    if reason == "interrupted" { throw ExitCode(130) }
    if reason == "timed out" { throw ExitCode(124) }
  }

  /// Nobody knows yet whom else to trace.
  private func watcher(of subject: TaskIdentity) throws -> BPFObserver {
    guard record.observer != .ptrace else {
      throw Failure(
        message:
          "--watch needs BPF: a tracer that somebody else starts can't be traced from its start",
        status: 64)
    }
    do {
      return try loaded(subject)
    } catch {
      throw Failure(
        message: error.message + "; without BPF, start the tracer here: record \(subject.task)"
          + " -- COMMAND")
    }
  }

  private func isGone(_ subject: TaskIdentity) -> Bool {
    guard let stat = try? TaskStat(of: subject.task) else { return true }
    return stat.startTicks != subject.startTicks || stat.isDead
  }

  // MARK: Common

  /// A reader that waits for a processor lets the ring run over, so it goes before others, for moments.
  /// The command, which was forked before, does not; who may not do this goes on as he is.
  private static func hurry() { _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, -10) }

  private func take<Watch: Observer & ~Copyable>(
    from observer: inout Watch, into recording: inout ObservedRecording, timeout: Int32
  ) throws {
    let events = observer.next(timeout: timeout)
    try recording.take(events, naming: observer.takeMentioned())
    if observer.releases > recording.releases {
      recording.releases = observer.releases
      try look(&observer, into: &recording)
    }
  }

  /// What the process has of its own before a tracer comes and after it has gone: its handlers.
  private func look<Watch: Observer & ~Copyable>(
    _ observer: inout Watch, into recording: inout ObservedRecording
  ) throws {
    let task = recording.subject.task
    guard let look = HangSnapshot(of: task) else { return }
    let events = observer.note(look.snapshot, of: task, at: Tracer.now())
    try recording.take(events, naming: [])
  }

  /// What the tracer and the victim do while the tracer does not come to its end.
  private func snapshot<Watch: Observer & ~Copyable>(
    _ observer: inout Watch, _ command: TaskID?, into recording: inout ObservedRecording
  ) throws {
    for call in observer.callsUnderWay {
      let time = Double((Tracer.now() - call.entered) / 1_000_000) / 1000
      Message.write(
        "\(call.task) has been in \(SyscallNumber.name(call.number) ?? "system call \(call.number)") of"
          + " \(call.target.rawValue > 0 ? "\(call.target)" : "any task") for \(time) s")
    }
    var tasks = [recording.subject.task] + observer.held.prefix(Observe.mostLooks)
    tasks += [observer.lastTracer, command].compactMap { $0 }
    var seen: Set<TaskID> = []
    for task in tasks where seen.insert(task).inserted {
      guard var look = HangSnapshot(of: task) else { continue }
      let events = observer.note(look.snapshot, of: task, at: Tracer.now())
      let told = events.last { $0.tracee == task && $0.kind == .snapshot }
      if case .snapshot(let snapshot) = told?.payload { look.snapshot = snapshot }
      Message.write(look.sentence)
      try recording.take(events, naming: observer.takeMentioned())
      // What it sleeps in has no column. An event that is not settled yet has no number for it.
      if let run = recording.recorder?.run, let told {
        try recording.file.keep(text: look.sentence, of: told.sequence, in: run)
      }
    }
  }

  private func finish<Watch: Observer & ~Copyable>(
    _ observer: inout Watch, _ recording: inout ObservedRecording, _ reason: String?
  ) throws {
    let events = observer.finish()
    try recording.take(events, naming: observer.takeMentioned())
    guard let result = try recording.finish(summary: reason, shortcoming: observer.shortcoming)
    else { return }
    if observer.lost > 0 { Message.write("\(observer.lost) events were lost; see the gaps") }
    Message.write("run \(result.run): \(result.timeline.judgement.summary)")
    if let unseen = recording.unseen(observer.shortcoming) { Message.write(unseen) }
  }
}

/// Who watches a command.
enum ObserverChoice: String, ExpressibleByArgument, CaseIterable {
  /// BPF, or where that is refused ptrace.
  case auto
  case bpf
  case ptrace
}

/// A deadline, or none.
struct Patience {
  private let end: UInt64?

  init(_ seconds: Double?) {
    end = seconds.map { Tracer.now().rawValue + UInt64(max(0, $0) * 1_000_000_000) }
  }

  init(nanoseconds: UInt64) { end = Tracer.now().rawValue + nanoseconds }

  var isOver: Bool { end.map { Tracer.now().rawValue >= $0 } ?? false }
}
