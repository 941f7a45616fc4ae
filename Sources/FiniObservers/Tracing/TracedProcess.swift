internal import FiniModel
internal import FiniProof
internal import FiniProcfs
internal import FiniPtrace

/// A launched tracer that is traced: stopped at the entry and the exit of each call of its threads, and let
/// run on at once.
///
/// Its children are not traced: CRIU tries ptrace out on children of its own, which another tracer
/// would spoil. All else happens to it as without a tracer.
@PtraceThread
final class TracedProcess {
  /// How it ended, once it has.
  private(set) var end: WaitStatus?
  /// Whether it has run its program.
  private(set) var hasExecuted = false
  /// Why its program was not run after all.
  private(set) var refusal: PtraceRefusal?
  /// Whether it made ptrace calls that are not decoded.
  private(set) var hasForeignRequests = false
  /// The events of its calls.
  var account: TracerAccount

  private let process: TaskID
  private let tracer: Tracer
  private var tasks: [TracedTask]

  /// Options of each of its threads. If this tracer dies they run on: no EXITKILL.
  private static let options: TraceOptions = [.marksSyscalls, .followsClones, .stopsAtExec]

  /// Seizes a process that waits to be let run.
  init(_ process: TaskID, subject: TaskID?) throws(PtraceRefusal) {
    self.process = process
    do {
      tracer = try Tracer(sink: Nowhere(), interrupts: false)
    } catch {
      throw .noSignals(error)
    }
    account = TracerAccount(subject: subject, tracer: process)
    do throws(PtraceError) {
      let running = try RunningTracee.seize(process, options: TracedProcess.options, by: tracer)
      tasks = [TracedTask(process, running)]
    } catch {
      throw TracedProcess.refusal(of: process, error)
    }
  }

  private static func refusal(of process: TaskID, _ error: PtraceError) -> PtraceRefusal {
    let holder = (try? TaskStatus(of: process))?.tracer
    let name = holder.flatMap { try? TaskStatus(of: $0) }?.name ?? ""
    var reason = Errno.noSuchProcess
    if case .refused(_, _, let refused) = error { reason = refused }
    return .notSeized(reason, tracedBy: holder?.rawValue == 0 ? nil : holder, name: name)
  }

  /// Gives up the handles of a process that runs on untraced.
  func forget() {
    for task in tasks { task.running.take()?.forget() }
    tasks = []
  }

  /// The calls that its threads are in.
  var callsUnderWay: [CallUnderWay] {
    tasks.compactMap { task in
      guard let call = task.call else { return nil }
      let index = call.number == SyscallNumber.ptrace ? 1 : 0
      return CallUnderWay(
        task: task.task, entered: task.entered, number: call.number,
        target: TaskID(Int32(truncatingIfNeeded: call.arguments[index])))
    }
  }

  // MARK: The loop

  /// Serves its stops for a while, or until it has ended.
  func serve(for time: Int64) {
    let start = Tracer.now()
    while end == nil {
      var hasMoved = false
      // Threads come and go meanwhile.
      for task in tasks where serve(task) { hasMoved = true }
      let rest = time - (Tracer.now() - start)
      if rest <= 0 || tasks.isEmpty { return }
      if !hasMoved { tracer.sleep(untilAnyOf: tasks.map(\.task), timeout: rest) }
    }
  }

  /// Whether something had happened to a task.
  private func serve(_ task: TracedTask) -> Bool {
    guard let running = task.running.take() else { return false }
    switch running.wait(by: tracer, timeout: 0) {
    case .stopped(let stop):
      handle(stop, of: task, at: Tracer.now())
      return true
    case .ended(let ending):
      takeEnd(ending, of: task, at: Tracer.now())
      return true
    case .failed:
      // Its number went to the thread that called execve, or another program ended it.
      drop(task)
      return true
    case .overdue(let running): task.running = consume running
    // No option asks for these two.
    case .messageReady(let running): task.running = consume running
    case .interrupted(let running): task.running = consume running
    }
    return false
  }

  private func drop(_ task: TracedTask) {
    task.running.take()?.forget()
    tasks.removeAll { $0 === task }
  }

  private func takeEnd(_ ending: Ending, of task: TracedTask, at time: Instant) {
    drop(task)
    if task.isStranger { return }
    account.end(of: task.task, in: task.call, since: task.entered, at: time)
    guard task.task == process else { return }
    account.end(ending, at: time)
    switch ending {
    case .exited(let code): end = .exited(code: code)
    case .killed(let signal, let dumpedCore): end = .killed(signal, dumpedCore: dumpedCore)
    }
  }

  // MARK: Stops

  private func handle(_ stop: consuming StoppedTracee, of task: TracedTask, at time: Instant) {
    let status = WaitStatus(rawValue: stop.status)
    if task.isStranger {
      letGo(stop, task, status)
      return
    }
    switch status {
    case .syscallStop:
      // ESRCH: it was killed in its stop, and the wait will tell.
      if let seen = try? stop.syscallStop(by: tracer) { take(seen, of: task, at: time) }
      goOn(stop, task)
    case .stopped(let signal):
      goOn(stop, task, delivering: signal)
    case .event(.stop, let signal) where signal.stopsTheGroup:
      listen(stop, task)
    case .event(.clone, _):
      if let number = try? stop.eventMessage(by: tracer) { takeBirth(TaskID(Int32(number))) }
      goOn(stop, task)
    case .event(.exec, _):
      // Its other threads are gone, or have this one's number: their waits will tell.
      task.dropCall()
      if !hasExecuted, let reason = objection(to: stop) {
        refusal = reason
        _ = sendSignal(.kill, toProcess: process)
      }
      hasExecuted = true
      goOn(stop, task)
    default:
      goOn(stop, task)
    }
  }

  private func take(_ stop: SyscallStop, of task: TracedTask, at time: Instant) {
    switch stop.info.operation {
    case .entry:
      if stop.isForeignRequest { hasForeignRequests = true }
      account.goesOn(task.task)
      task.enter(stop)
    case .exit:
      guard let call = task.leave(stop) else { return }
      account.take(
        call, ForeignStream.Moment(tracer: task.task, entered: task.entered, left: time))
    default: break
    }
  }

  /// A clone that is no thread was made a tracee by the kernel, and has run nothing yet.
  private func takeBirth(_ born: TaskID) {
    let isThread = (try? TaskStatus(of: born))?.process == process
    tasks.append(TracedTask(born, isStranger: !isThread, .born(born)))
  }

  /// Why the program must not be run while it is traced.
  private func objection(to stop: borrowing StoppedTracee) -> PtraceRefusal? {
    let own = (try? TaskStatus(of: Tracer.currentTask))?.effectiveCapabilities ?? 0
    // A tracer with CAP_SYS_PTRACE takes no rights from its tracee.
    let isCapable = own >> 19 & 1 != 0
    if !isCapable, let grants = try? LaunchedCommand.grants(of: process), !grants.isEmpty {
      return .privileged(grants)
    }
    guard let seen = try? stop.syscallStop(by: tracer) else { return nil }
    do throws(Errno) {
      _ = try readMemory(of: process, at: seen.info.stackPointer, count: 8)
    } catch {
      // One that was killed meanwhile can't be read either.
      return error == .noSuchProcess ? nil : .notReadable(error)
    }
    return nil
  }

  // MARK: Running on

  private func goOn(
    _ stop: consuming StoppedTracee, _ task: TracedTask, delivering signal: Signal? = nil
  ) {
    do throws(PtraceError) {
      task.running = try stop.resume(.toNextSyscall, delivering: signal, by: tracer)
    } catch {
      task.running = .killedInStop(task.task)
    }
  }

  private func listen(_ stop: consuming StoppedTracee, _ task: TracedTask) {
    do throws(PtraceError) {
      task.running = try stop.listen(by: tracer)
    } catch {
      task.running = .killedInStop(task.task)
    }
  }

  private func letGo(_ stop: consuming StoppedTracee, _ task: TracedTask, _ status: WaitStatus) {
    var signal: Signal?
    if case .stopped(let announced) = status { signal = announced }
    do throws(PtraceError) {
      try stop.detach(delivering: signal, by: tracer)
      drop(task)
    } catch {
      task.running = .killedInStop(task.task)
    }
  }

  /// Our own calls are no events of the run.
  private final class Nowhere: EventSink {
    func record(_ event: Event) {}
  }
}
