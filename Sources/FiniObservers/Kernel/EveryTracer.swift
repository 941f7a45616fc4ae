internal import CFiniBPF
package import FiniModel

/// Watches every tracer of the machine from inside the kernel, and tells their sessions apart.
///
/// Which of them are recorded is decided by who reads, by the name that a tracer's process has: the program sees the name
/// of the thread that calls, and that of the process's first thread lies in the kernel where no helper of BPF leads. One
/// that is not wanted is told to the program, and costs two look-ups a call from then on (docs/Decisions/0039).
package struct EveryTracer: ~Copyable {
  /// How long after its end a task's number is kept: its tracer may wait for it later than it ends.
  private static let afterlife: UInt64 = 5_000_000_000

  private var program: BPFProgram
  private var sessions: TracerSessions

  /// Loads and attaches the program.
  ///
  /// - Parameters:
  ///   - sessions: none is open in it.
  ///   - ringSize: bytes of the ring, a power of two.
  /// - Throws: ``BPFRefusal``, which names the missing right.
  package init(
    _ sessions: TracerSessions, ringSize: UInt32 = BPFObserver.defaultRingSize
  ) throws(BPFRefusal) {
    var settings = BPFProgram.Settings(ringSize: ringSize)
    settings.seesAll = true
    program = try BPFProgram(settings)
    // Where it can't be had an interrupt is seen when the wait is over.
    _ = unsafe fini_bpf_wake_at_interrupt(program.handle)
    self.sessions = sessions
  }

  /// Waits for a tracer that begins, until the ring is a quarter full, or for at most `timeout` ms; says what came.
  ///
  /// It does not wait where the last call left something to read.
  ///
  /// - Parameter now: the time on `CLOCK_MONOTONIC`, asked after the wait.
  package mutating func next(timeout: Int32, now: () -> Instant) -> [TracerSessions.Step] {
    if !program.isBufferFull { _ = program.wait(timeout) }
    // In this order: what is lost after this is counted next time.
    let lost = program.lost
    let moment = now()
    let records = program.drain()
    var steps = sessions.take(records, skipped: program.skipped)
    guard !program.isBufferFull else { return steps }
    steps += sessions.look(at: moment, lost: lost)
    for case .end(_, let tracer, let ending, _, _, let tracees) in steps where ending == .quiet {
      _ = unsafe fini_bpf_forget_tracer(program.handle, tracer.rawValue)
      for task in tracees { _ = unsafe fini_bpf_forget_tracee(program.handle, task.rawValue) }
    }
    for task in sessions.takeGone(until: moment.advanced(by: -Int64(EveryTracer.afterlife))) {
      _ = unsafe fini_bpf_forget_ended(program.handle, task.rawValue)
    }
    return steps
  }

  /// Whether the last call left something to read.
  package var hasMore: Bool { program.isBufferFull }

  /// Records nothing of a tracer, until it runs another program.
  package mutating func ignore(_ tracer: TaskID) {
    sessions.ignore(tracer)
    // One that has ended meanwhile is not there.
    _ = unsafe fini_bpf_ignore_tracer(program.handle, tracer.rawValue)
  }

  /// Ends every session that is open.
  package mutating func endAll(as ending: TracerSessions.Ending, at now: Instant)
    -> [TracerSessions.Step]
  {
    sessions.openTracers.flatMap { sessions.end($0, as: ending, at: now) }
  }

  /// Ends the session of a process that is gone although its end was not seen.
  package mutating func bury(_ tracer: TaskID, at now: Instant) -> [TracerSessions.Step] {
    sessions.end(tracer, as: .exited, at: now)
  }

  /// The processes whose sessions are open.
  package var openTracers: [TaskID] { sessions.openTracers }

  /// How many records are known to be lost.
  package var lost: UInt64 { program.lost }

  /// How many tasks and processes the program has in its maps now, for a test that they do not grow for ever.
  func knows(_ task: TaskID) -> Bool {
    unsafe fini_bpf_is_tracee(program.handle, task.rawValue) != 0
  }
}
