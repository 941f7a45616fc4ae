internal import FiniModel
internal import FiniProcfs
internal import FiniPtrace

/// The task that is being cured: the one holder of its handle.
///
/// It turns each stop into a record with its evidence and keeps the signals that come in between.
/// Nothing here allocates between a stop and its resume (proved by AllocationTests).
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
  /// Whether seccomp is suspended while it is traced, and why not.
  private(set) var suspension = SeccompSuspension.permitted
  /// What the last look at `/proc` found.
  private(set) var look: SignalSetReader.Look?

  private var stopped: StoppedTracee?
  private var running: RunningTracee?
  private let reader: SignalSetReader
  private var lastPending = SignalSet.empty
  private var lastInfo: RawSignalInfo?
  private var lastWasEntry = false
  private var lastResumption = Resumption.cont
  private var toDeliver: Signal?
  /// Whether the process was stopped when the task came to a stop, or since.
  private var wasStopped = false
  /// Whether something was prepared for the program that the task is, so that another one ends the cure.
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

  /// Ends the cure where Ctrl-C came and nothing is under way.
  func endIfInterrupted() throws(CureError) {
    if wasInterrupted { throw .interrupted }
  }

  var isStopped: Bool { stopped != nil }
  var isTraced: Bool { stopped != nil || running != nil }

  // MARK: the handle

  /// Becomes the tracer, with seccomp suspended where that is permitted.
  ///
  /// That is asked for whether there is a filter or not: one may come at any moment, also from another
  /// thread (`SECCOMP_FILTER_FLAG_TSYNC`); SeccompTests.
  func seize() throws(CureError) {
    suspension = .look()
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
      // Refused again, it was not for the suspension.
      running = try RunningTracee.seize(task, by: tracer)
    } catch { throw .ptrace(error) }
  }

  /// Refuses a task whose filters would see what it does for us, as it is found in its stop.
  func requireUnfiltered() throws(CureError) {
    if isUnderSeccomp, let hint = suspension.hint { throw .confined(hint) }
  }

  /// Whether it has a filter, or strict mode, at this stop.
  var isUnderSeccomp: Bool { look?.isUnderSeccomp ?? false }

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

  /// Forgets the handle of a task that is beyond our reach.
  func forget() {
    if let tracee = running.take() { tracee.forget() }
    if let tracee = stopped.take() { tracee.abandon().forget() }
  }

  /// After ESRCH in a stop: the task was killed, and only its wait can tell by what.
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

  /// Waits for the next stop, or for a packet if `socket` or `word` is given, and records what came.
  ///
  /// A wait for a packet is broken off by Ctrl-C: the parasite serves then, and can be left. In
  /// the middle of a remote system call, or on the way to a breakpoint, it cannot, and the deadline is
  /// near.
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
      // The stop comes before the first instruction of the new program, and the kernel has cleared the
      // debug registers by then: there is nothing to undo, and nothing may be done.
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

  /// Gathers the evidence that this kind of status leaves open, classifies, records.
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
      // Not planned for: where it happened tells what it hit.
      let registers = try act { tracee throws(PtraceError) in try tracee.registers(by: tracer) }
      record.programCounter = registers.programCounter
    }
    look = reader.look()
    record.sets = look?.sets
    stop = record
    if record.stopClass == .groupStop { wasStopped = true }
    tracer.note(.stop(record), about: task)
    try recordPending()
  }

  /// Asks who sent what is pending, when that has changed since the last stop.
  private func recordPending() throws(CureError) {
    guard let sets = look?.sets else { return }
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

  /// Interrupts the task and waits until it stops for that.
  ///
  /// - Parameters:
  ///   - delivering: whether signals that come first are delivered, as they would be without
  ///     us: right as long as the task has its own state. Otherwise they are held.
  ///   - time: how long it is waited for, in nanoseconds; the deadline if left out.
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
      if try settle(delivering: delivering) { return }
    }
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
  var isAsleep: Bool { reader.look()?.state == UInt8(ascii: "S") }

  /// Has the next resume deliver the signal of this stop.
  ///
  /// Held and sent anew it would come behind those of its number that wait in the queue. The traps of a
  /// task that steps through itself, or has an int3, are its own as well (FlagsTests).
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

  /// Takes the signal of a signal-delivery-stop into our hands, to be given back before detach.
  ///
  /// A group-stop, an interrupt-stop or a trap carries none: then the answer is `false`.
  ///
  /// A signal that stops the process is not kept: it is delivered by the next resume. The kernel
  /// then keeps the stop, while the task runs on for its tracer, and takes it up at the detach
  /// unless a SIGCONT came meanwhile. A SIGSTOP sent anew at the end would throw that SIGCONT away.
  @discardableResult
  func hold() -> Bool {
    switch stop.stopClass {
    case .signalDelivery, .unknown:
      guard let info = lastInfo else { return false }
      note(.held, info)
      if stopsTheProcess(info) {
        // As at its generation: whatever SIGCONT came before is over.
        held.removeAll { $0.info.signal == .continue }
        wasStopped = true
        toDeliver = info.info.signal
        note(.putBack, info)
      } else if info.info.signal == .continue, !isCaught(.continue) {
        // It has done its work when it was sent; sent again it would undo a later SIGSTOP.
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
    guard let now = reader.look() else { return false }
    let coming = now.sets.allPending.subtracting(mask).subtracting(now.caught)
      .subtracting(now.ignored)
    return coming.contains(.stop) || coming.contains(.terminalStop)
      || coming.contains(.terminalInput) || coming.contains(.terminalOutput)
  }

  private func stopsTheProcess(_ signal: RawSignalInfo) -> Bool {
    stop.stopClass == .signalDelivery && signal.info.signal.stopsTheGroup
      && !isCaught(signal.info.signal)
  }

  private func isCaught(_ signal: Signal) -> Bool { look?.caught.contains(signal) ?? true }

  /// Goes on with the same kind of resume as before the stop that came in between.
  func resumeAsBefore() throws(CureError) { try resume(lastResumption) }

  /// Whether any signal is to be given back.
  var holdsSignals: Bool { !held.isEmpty }

  /// Takes back the held signals, each to be given to the task.
  func releaseHeld() -> [RawSignalInfo] {
    // Two rooms that change places: to empty one that the caller looks at would make a third.
    swap(&held, &released)
    held.removeAll(keepingCapacity: true)
    return released
  }
}
