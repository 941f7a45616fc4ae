package import FiniModel
package import FiniPtrace

/// Watches one launched tracer by tracing it, where BPF is not permitted.
///
/// It sees the calls of that process alone, from the tracer's side; ``Source/unseen`` says what it can't
/// see. To be used from one thread.
package struct PtraceObserver: Observer, ~Copyable {
  /// What is known outside of the thread that traces.
  private struct Known: Sendable {
    var events: [Event] = []
    var mentioned: [TaskID] = []
    var hasSeenRequest = false
    var releases = 0
    var held: [TaskID] = []
    var lastTracer: TaskID?
    var callsUnderWay: [CallUnderWay] = []
    var end: WaitStatus?
    var hasExecuted = false
    var refusal: PtraceRefusal?
    var hasForeignRequests = false
  }

  private let process: TracedProcess
  private var known = Known()
  private var mentioned: [TaskID] = []

  /// Seizes a command that waits at its gate.
  ///
  /// - Parameter subject: the task that the recording is about; `nil` if it is about whatever the
  ///   command traces.
  /// - Throws: ``PtraceRefusal``; the command waits on.
  package init(subject: TaskID?, command: borrowing LaunchedCommand) throws(PtraceRefusal) {
    let task = command.process
    let result = PtraceThread.runBlocking { () -> Result<TracedProcess, PtraceRefusal> in
      do throws(PtraceRefusal) {
        return .success(try TracedProcess(task, subject: subject))
      } catch {
        return .failure(error)
      }
    }
    process = try result.get()
  }

  deinit {
    let process = process
    PtraceThread.runBlocking { process.forget() }
  }

  /// Why a command does not run.
  package enum StartError: Error, Hashable, Sendable {
    /// Its program can't be watched, and was killed before its first instruction.
    case refused(PtraceRefusal)
    /// execvp(3) failed; ENOENT if there is no such command.
    case notRun(Errno)
  }

  /// Lets the command run its program, and returns when it does or has ended.
  package mutating func start(_ command: inout LaunchedCommand) throws(StartError) {
    do throws(Errno) {
      try command.open()
    } catch {
      throw .notRun(error)
    }
    while !known.hasExecuted, known.end == nil { serve(for: 20_000_000) }
    if let refusal = known.refusal {
      while known.end == nil { serve(for: 20_000_000) }
      throw .refused(refusal)
    }
    do throws(Errno) {
      try command.requireStart()
    } catch {
      throw .notRun(error)
    }
  }

  /// How the command ended, if it has.
  package var end: WaitStatus? { known.end }

  /// Serves the command's stops for `timeout` ms, and hands out what they told.
  package mutating func next(timeout: Int32) -> [Event] {
    serve(for: Int64(timeout) * 1_000_000)
    return takeEvents()
  }

  /// Never: all that is settled is handed out.
  package var hasMore: Bool { false }

  /// Everything that was seen until now, and what it leaves open; the last call.
  package mutating func finish() -> [Event] {
    ask { $0.account.end() }
    return takeEvents()
  }

  /// Makes an event of a snapshot of a task, after the events that are not settled.
  package mutating func note(_ snapshot: Snapshot, of task: TaskID, at time: Instant) -> [Event] {
    ask { $0.account.note(snapshot, of: task, at: time) }
    return takeEvents()
  }

  /// The tasks that events spoke of for the first time since this was last asked.
  package mutating func takeMentioned() -> [TaskID] {
    defer { mentioned = [] }
    return mentioned
  }

  /// What this run in particular does not show.
  package var shortcoming: String? {
    guard known.hasForeignRequests else { return nil }
    return "the command's ptrace calls in 32-bit code, which are not decoded"
  }

  /// Nothing is ever lost: the command waits in its stop until it is served.
  package var lost: UInt64 { 0 }
  /// Whether the command made a request of one of the tasks; without a subject, of any.
  package var hasSeenRequest: Bool { known.hasSeenRequest }
  /// How often the command let go of the subject.
  package var releases: Int { known.releases }
  /// The tracees that the command holds.
  package var held: [TaskID] { known.held }
  /// The command's task that traced one of them last.
  package var lastTracer: TaskID? { known.lastTracer }
  /// The watched calls that the command is in.
  package var callsUnderWay: [CallUnderWay] { known.callsUnderWay }

  // MARK: Inside

  private mutating func serve(for time: Int64) { ask { $0.serve(for: time) } }

  /// Does something on the thread that traces, and takes along what is known then.
  private mutating func ask(_ body: @escaping @PtraceThread @Sendable (TracedProcess) -> Void) {
    let process = process
    let before = known.events
    known = PtraceThread.runBlocking {
      body(process)
      return Known(
        events: before + process.account.drain(), mentioned: process.account.takeMentioned(),
        hasSeenRequest: process.account.hasSeenRequest, releases: process.account.releases,
        held: process.account.held.sorted(), lastTracer: process.account.lastTracer,
        callsUnderWay: process.callsUnderWay, end: process.end,
        hasExecuted: process.hasExecuted, refusal: process.refusal,
        hasForeignRequests: process.hasForeignRequests)
    }
    mentioned += known.mentioned
  }

  private mutating func takeEvents() -> [Event] {
    defer { known.events = [] }
    return known.events
  }
}
