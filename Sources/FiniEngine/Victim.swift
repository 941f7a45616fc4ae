internal import FiniModel
internal import FiniProcfs
internal import FiniPtrace

/// The task that is being cured. Only this type has its handle.
///
/// It turns each stop into a record with its evidence, and holds the signals that come in between.
/// Nothing here allocates between a stop and its resume (AllocationTests prove it).
@PtraceThread
final class Victim {
  let task: TaskID
  let tracer: Tracer
  /// How long a stop is waited for, in nanoseconds.
  var deadline: Int64
  /// The stop that the task is in, or was in last.
  private(set) var stop = StopRecord(status: 0, stopClass: .unknown)
  /// The signals taken from the task and not given back yet, in order.
  private(set) var held: [RawSignalInfo] = []
  private var released: [RawSignalInfo] = []
  /// Whether seccomp is suspended while the task is traced, and why not.
  private(set) var suspension = SeccompSuspension.permitted
  /// What was read from `/proc` last.
  private(set) var reading: SignalSetReader.Reading?

  private var stopped: StoppedTracee?
  private var running: RunningTracee?
  private let reader: SignalSetReader
  private var lastPending = SignalSet.empty
  private var lastInfo: RawSignalInfo?
  private var lastWasEntry = false
  private var lastResumption = Resumption.cont
  private var toDeliver: Signal?
  /// Whether the process was stopped when the task stopped, or since then.
  private var wasStopped = false
  /// Whether something was prepared for the program that runs in the task, so that an execve ends
  /// the cure.
  var belongsToProgram = false

  init(_ task: TaskID, tracer: Tracer, deadline: Int64) throws(CureError) {
    self.task = task
    self.tracer = tracer
    self.deadline = deadline
    do { reader = try SignalSetReader(task) } catch { throw .local("opening its status", error) }
    held.reserveCapacity(64)
    released.reserveCapacity(64)
  }

  /// Whether Ctrl-C came.
  var wasInterrupted: Bool { tracer.wasInterrupted }

  /// Ends the cure if Ctrl-C came. Used where no step is under way.
  func endIfInterrupted() throws(CureError) {
    if wasInterrupted { throw .interrupted }
  }

  var isStopped: Bool { stopped != nil }
  var isTraced: Bool { stopped != nil || running != nil }

  // MARK: the handle

  /// Becomes the tracer, with seccomp suspended if that is permitted.
  ///
  /// The suspension is asked for even without a filter: another thread may add one at any moment
  /// (`SECCOMP_FILTER_FLAG_TSYNC`); SeccompTests.
  func seize() throws(CureError) {
    suspension = .current()
    do throws(PtraceError) {
      if suspension == .permitted {
        do throws(PtraceError) {
          running = try RunningTracee.seize(task, suspendingSeccomp: true, by: tracer)
          return
        } catch .refused(_, _, .notPermitted) {
          suspension = .noCapabilityOutside
        } catch .refused(_, _, .invalidArgument) {
          suspension = .notBuilt
        }
      }
      // If it is refused again, the suspension was not the reason.
      running = try RunningTracee.seize(task, by: tracer)
    } catch { throw .ptrace(error) }
  }

  /// At the first stop: refuses a task whose filters would see its remote system calls.
  func requireUnfiltered() throws(CureError) {
    if isUnderSeccomp, let hint = suspension.hint { throw .confined(hint) }
  }

  /// Whether it has a filter or strict mode at this stop.
  var isUnderSeccomp: Bool { reading?.isUnderSeccomp ?? false }

  func interrupt() throws(CureError) {
    guard let tracee = running.take() else { preconditionFailure("interrupted while stopped") }
    var failure: PtraceError?
    do { try tracee.interrupt(by: tracer) } catch { failure = error }
    running = consume tracee
    if let failure { throw .ptrace(failure) }
  }

  /// Does something to the stopped task.
  func act<Value>(
    _ body: (inout StoppedTracee) throws(PtraceError) -> Value
  ) throws(CureError) -> Value {
    guard var tracee = stopped.take() else { preconditionFailure("the task is not stopped") }
    let result: Result<Value, PtraceError>
    do { result = .success(try body(&tracee)) } catch { result = .failure(error) }
    stopped = consume tracee
    switch result {
    case .success(let value): return value
    case .failure(let error): throw .ptrace(error)
    }
  }

  func resume(_ resumption: Resumption) throws(CureError) {
    guard let tracee = stopped.take() else { preconditionFailure("resumed while running") }
    lastResumption = resumption
    defer { toDeliver = nil }
    do { running = try tracee.resume(resumption, delivering: toDeliver, by: tracer) } catch {
      running = RunningTracee.killedInStop(task)
      throw .ptrace(error)
    }
  }

  func detach() throws(CureError) {
    guard let tracee = stopped.take() else { preconditionFailure("detached while running") }
    defer { toDeliver = nil }
    do { try tracee.detach(delivering: toDeliver, by: tracer) } catch {
      running = RunningTracee.killedInStop(task)
      throw .ptrace(error)
    }
  }

  /// Forgets the handle of a task that can't be reached any more.
  func forget() {
    if let tracee = running.take() { tracee.forget() }
    if let tracee = stopped.take() { tracee.abandon().forget() }
  }

  /// After ESRCH in a stop: the task was killed. Only its wait tells by which signal.
  func awaitEnd() -> Ending? {
    if let tracee = stopped.take() { running = tracee.abandon() }
    guard let tracee = running.take() else { return nil }
    switch tracee.wait(by: tracer, timeout: deadline) {
    case .ended(let ending): return ending
    case .stopped(let tracee):
      stopped = consume tracee
      return nil
    case .overdue(let tracee): running = consume tracee
    case .messageReady(let tracee): running = consume tracee
    case .interrupted(let tracee): running = consume tracee
    case .failed: break
    }
    return nil
  }

  // MARK: stops

  /// What a wait for a stop or a packet came to.
  enum Arrival: Hashable { case stop, packet, overdue }

  /// Waits for the next stop, or for a packet if `socket` or `word` is given, and records the
  /// result.
  ///
  /// Ctrl-C ends a wait for a packet: the parasite serves then, and can be left. It does not end
  /// the wait for a remote system call or for a breakpoint: these can't be abandoned, and their
  /// deadline is near.
  ///
  /// - Parameter remaining: what is left of the deadline, in nanoseconds; all of it if left out.
  /// - Returns: `.overdue` after the deadline, which is recorded as missed; the task still runs.
  func arrive(
    _ awaited: Missed.Awaited, within remaining: Int64? = nil, socket: Int32 = -1,
    word: (SharedWord, UInt32)? = nil, isNoted: Bool = true, interruptible: Bool = false
  ) throws(CureError) -> Arrival {
    guard let tracee = running.take() else { preconditionFailure("waited for a stopped task") }
    switch tracee.wait(
      by: tracer, timeout: remaining ?? deadline, socket: socket, word: word,
      interruptible: interruptible || socket >= 0 || word != nil)
    {
    case .stopped(let tracee):
      stopped = consume tracee
      try recordStop()
      // The stop comes before the first instruction of the new program, and the kernel has cleared
      // the debug registers. So there is nothing to undo, and nothing may be undone.
      if belongsToProgram, stop.stopClass == .event(.exec) { throw .becameAnother }
      return .stop
    case .ended(let ending):
      throw .ended(ending)
    case .messageReady(let tracee):
      running = consume tracee
      return .packet
    case .overdue(let tracee):
      running = consume tracee
      if isNoted {
        tracer.note(.missed(Missed(awaited: awaited, waited: UInt64(deadline))), about: task)
      }
      return .overdue
    case .interrupted(let tracee):
      running = consume tracee
      throw .interrupted
    case .failed(let error):
      throw .ptrace(.waitFailed(task, error))
    }
  }

  /// Collects the evidence for this kind of status, classifies the stop, and records it.
  private func recordStop() throws(CureError) {
    let word = try act { tracee throws(PtraceError) in tracee.status }
    let status = WaitStatus(rawValue: word)
    var evidence = StopEvidence(status: status, followsSyscallEntry: lastWasEntry)
    var record = StopRecord(status: word, stopClass: .unknown)
    lastInfo = nil
    switch status {
    case .stopped:
      lastInfo = try act { tracee throws(PtraceError) in try tracee.signalInfo(by: tracer) }
      evidence.info = lastInfo?.info
      record.info = evidence.info
    case .syscallStop where !lastWasEntry:
      let info = try act { tracee throws(PtraceError) in try tracee.syscallInfo(by: tracer) }
      evidence.syscall = info.operation
      record.syscall = info.number.map { CallNumber($0, by: info.abi) }
      record.programCounter = info.instructionPointer
    default:
      break
    }
    record.stopClass = evidence.stopClass
    lastWasEntry = record.stopClass == .syscallEntry
    if record.stopClass == .breakpoint || record.stopClass == .singleStep {
      record.programCounter = record.info?.address
    } else if record.stopClass == .signalDelivery || record.stopClass == .unknown {
      // An unplanned stop: the program counter tells what it hit.
      let registers = try act { tracee throws(PtraceError) in try tracee.registers(by: tracer) }
      record.programCounter = registers.programCounter
    }
    reading = reader.read()
    record.sets = reading?.sets
    stop = record
    if record.stopClass == .groupStop { wasStopped = true }
    tracer.note(.stop(record), about: task)
    try recordPending()
  }

  /// Reads who sent the pending signals, if they have changed since the last stop.
  private func recordPending() throws(CureError) {
    guard let sets = reading?.sets else { return }
    let pending = sets.allPending
    defer { lastPending = pending }
    guard pending != lastPending, !pending.isEmpty else { return }
    for shared in [false, true] {
      let queue = shared ? sets.sharedPending : sets.pending
      if queue.subtracting(lastPending).isEmpty { continue }
      try act { tracee throws(PtraceError) in
        try tracee.forEachPendingSignal(shared: shared, by: tracer) { signal in
          tracer.note(
            .signal(SignalRecord(fate: .pending, info: signal.info, toProcess: shared)),
            about: task)
        }
      }
    }
  }

  /// Interrupts the task and waits for the stop.
  ///
  /// - Parameters:
  ///   - delivering: whether signals that come first are delivered, as without a tracer. That is
  ///     right while the task has its own state. Otherwise they are held.
  ///   - time: how long the stop is awaited, in nanoseconds; the deadline if left out.
  ///   - interruptible: whether Ctrl-C ends the wait: nothing of the task is changed then.
  func stopByInterrupt(
    delivering: Bool = false, within time: Int64? = nil, interruptible: Bool = false
  ) throws(CureError) {
    try interrupt()
    let end = Tracer.now().advanced(by: time ?? deadline)
    while true {
      guard
        try arrive(
          .interruptStop, within: max(0, end - Tracer.now()), interruptible: interruptible) == .stop
      else { throw .overdue(.interruptStop) }
      if try settle(delivering: delivering) { break }
    }
    if !delivering { try takeLateTrap() }
  }

  /// Whether the task can be worked with in its present stop; if not, it is let run to another one.
  ///
  /// Any stop takes the place of one that PTRACE_INTERRUPT asked for: the kernel forgets that one, so it is
  /// asked for anew (UndoTests). After an execve only that one has the registers of the new program
  /// (ExecTests).
  ///
  /// - Parameter delivering: whether the task runs its own code. One that does not stays in whatever stop
  ///   it has come to: let run, it would walk home over the bridge.
  func settle(delivering: Bool) throws(CureError) -> Bool {
    switch stop.stopClass {
    case .interrupt, .groupStop:
      return true
    case .syscallEntry where !delivering:
      // Registers written here would be those of the call. Its exit is a stop for certain.
      try resume(.toNextSyscall)
      return false
    default:
      guard delivering else {
        hold()
        return true
      }
      deliver()
      try resume(.cont)
      try interrupt()
      return false
    }
  }

  /// Whether the running task sleeps.
  var isAsleep: Bool { reader.read()?.state == UInt8(ascii: "S") }

  /// Makes the next resume deliver the signal of this stop.
  ///
  /// If it were held and sent again, it would come after the queued signals of the same number. The
  /// traps of a task that single-steps itself or has an int3 are its own too (FlagsTests).
  func deliver() {
    switch stop.stopClass {
    case .signalDelivery, .singleStep, .softwareBreakpoint: break
    default: return
    }
    guard let info = lastInfo else { return }
    toDeliver = info.info.signal
    note(.delivered, info)
  }

  // MARK: signals in between

  /// Holds the signal of a signal-delivery-stop, to give it back before detach.
  ///
  /// A group-stop, an interrupt-stop or a trap has none: the answer is `false` then.
  ///
  /// A signal that stops the process is not held: the next resume delivers it. The kernel then
  /// remembers the stop while the task runs on for its tracer. The stop takes effect at the detach,
  /// unless a SIGCONT came meanwhile. A SIGSTOP sent again at the end would discard that SIGCONT.
  @discardableResult
  func hold() -> Bool {
    switch stop.stopClass {
    case .signalDelivery, .unknown:
      guard let info = lastInfo else { return false }
      note(.held, info)
      if stopsTheProcess(info) {
        // As when the signal was generated: an earlier SIGCONT is discarded.
        held.removeAll { $0.info.signal == .continue }
        wasStopped = true
        toDeliver = info.info.signal
        note(.putBack, info)
      } else if info.info.signal == .continue, !isCaught(.continue) {
        // A SIGCONT took effect when it was sent. Sent again, it would undo a later SIGSTOP.
        note(.discarded, info)
      } else {
        held.append(info)
      }
      return true
    default:
      return false
    }
  }

  private func note(_ fate: SignalRecord.Fate, _ signal: RawSignalInfo) {
    tracer.note(
      .signal(
        SignalRecord(
          fate: fate, info: signal.info,
          toProcess: signal.info.code == .threadKill ? false : nil)),
      about: task)
  }

  /// Whether the process is stopped, or will be as soon as the task has this mask.
  func isToStop(mask: SignalSet) -> Bool {
    if wasStopped { return true }
    guard let now = reader.read() else { return false }
    let coming = now.sets.allPending.subtracting(mask).subtracting(now.caught)
      .subtracting(now.ignored)
    return coming.contains(.stop) || coming.contains(.terminalStop)
      || coming.contains(.terminalInput) || coming.contains(.terminalOutput)
  }

  private func stopsTheProcess(_ signal: RawSignalInfo) -> Bool {
    stop.stopClass == .signalDelivery && signal.info.signal.stopsTheGroup
      && !isCaught(signal.info.signal)
  }

  private func isCaught(_ signal: Signal) -> Bool { reading?.caught.contains(signal) ?? true }

  /// Resumes in the same way as before the stop that came in between.
  func resumeAsBefore() throws(CureError) { try resume(lastResumption) }

  /// Whether any held signal must be given back.
  var holdsSignals: Bool { !held.isEmpty }

  /// Returns the held signals, and holds none from then on.
  func releaseHeld() -> [RawSignalInfo] {
    // Two buffers are exchanged: clearing the one that the caller reads would copy it.
    swap(&held, &released)
    held.removeAll(keepingCapacity: true)
    return released
  }
}
