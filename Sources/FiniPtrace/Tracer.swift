internal import CFiniPtrace
package import FiniModel

/// The one gate for ptrace and the one gate for wait.
///
/// Every call is made here, is timed before and after, and is given to the sink as one event.
/// Between the two clock reads there is only the call.
@PtraceThread
package final class Tracer {
  /// The tid of the thread that traces.
  package let task: TaskID
  /// How long to spin for a stop before going to sleep, in nanoseconds.
  ///
  /// docs/Decisions/0007 has the reason.
  package var spin: Int64 = 50_000
  /// Called before each ptrace or wait call; tests inject their faults here.
  package var beforeCall: (@PtraceThread () -> Void)?

  /// Whether Ctrl-C, SIGTERM or SIGHUP was read, also if the wait that read it had another result.
  package private(set) var wasInterrupted = false

  /// Whether `NT_PRSTATUS` was seen in the layout of 32-bit code. Then it is not used any more.
  var hasSeen32BitCode = false

  private let sink: any EventSink
  private let signals: Int32

  /// Makes the gates on the calling thread.
  ///
  /// - Parameters:
  ///   - sink: where events go. Their sequence numbers are still zero.
  ///   - interrupts: whether SIGINT, SIGTERM and SIGHUP end a wait; they must be blocked by then.
  /// - Throws: the error of signalfd(2).
  package init(sink: any EventSink, interrupts: Bool) throws(Errno) {
    self.sink = sink
    task = TaskID(fini_gettid())
    // The pinned thread may have been started before the caller decided to block them.
    if let error = Errno(result: fini_block_signals(interrupts ? 1 : 0)) { throw error }
    let descriptor = fini_open_signals(interrupts ? 1 : 0)
    if let error = Errno(result: descriptor) { throw error }
    signals = Int32(descriptor)
  }

  isolated deinit { fini_close(signals) }

  /// Blocks what the gates read from a signalfd; call it while there is only one thread.
  package nonisolated static func blockSignals(interrupts: Bool) {
    let result = fini_block_signals(interrupts ? 1 : 0)
    precondition(result == 0, "pthread_sigmask refused a valid set")
  }

  /// Whether a SIGINT, SIGTERM or SIGHUP is pending and unread.
  package nonisolated static var interruptIsPending: Bool { fini_interrupt_is_pending() != 0 }

  /// Sleeps for a while. Not to be used between a stop and its resume.
  package nonisolated static func pause(nanoseconds: Int64) { fini_pause(nanoseconds) }

  /// The tid of the calling thread.
  package nonisolated static var currentTask: TaskID { TaskID(fini_gettid()) }

  /// The monotonic clock.
  package nonisolated static func now() -> Instant { Instant(rawValue: fini_monotonic_now()) }

  /// The wall clock, in nanoseconds since 1970.
  package nonisolated static func wallClock() -> UInt64 { fini_realtime_now() }

  /// Records an event that is not a call: a stop, a signal, an rpc, a phase.
  package func note(_ payload: Event.Payload, about tracee: TaskID) {
    let now = Tracer.now()
    sink.record(
      Event(
        sequence: 0, entered: now, left: now, tracer: task, tracee: tracee, payload: payload))
  }

  // MARK: ptrace

  /// Makes one request, times it, and records it.
  ///
  /// - Parameters:
  ///   - body: the call, and nothing else: it runs between the two clock reads.
  ///   - completing: adds the results of the call to the record.
  private func perform(
    _ request: PtraceRequest, _ tracee: TaskID, address: UInt64 = 0, data: UInt64 = 0,
    _ body: () -> Int64, completing: (inout RequestCall) -> Void = { _ in }
  ) -> Int64 {
    beforeCall?()
    let entered = Tracer.now()
    let result = body()
    let left = Tracer.now()
    var call = RequestCall(request: request, address: address, data: data, result: result)
    completing(&call)
    sink.record(
      Event(
        sequence: 0, entered: entered, left: left, tracer: task, tracee: tracee,
        payload: .request(call)))
    return result
  }

  /// Makes a request whose arguments are plain words.
  @discardableResult
  func request(
    _ request: PtraceRequest, _ tracee: TaskID, address: UInt64 = 0, data: UInt64 = 0
  ) -> Int64 {
    perform(request, tracee, address: address, data: data) {
      fini_ptrace(request.rawValue, tracee.rawValue, address, data)
    }
  }

  func peek(
    _ request: PtraceRequest, _ tracee: TaskID, address: UInt64, word: inout UInt64
  ) -> Int64 {
    perform(request, tracee, address: address) {
      unsafe fini_peek(request.rawValue, tracee.rawValue, address, &word)
    } completing: {
      if $0.result >= 0 { $0.data = word }
    }
  }

  func readRegisters(_ tracee: TaskID, into registers: inout Registers) -> (Int64, size: UInt64) {
    var size: UInt64 = Registers.byteCount
    let result = perform(.getRegisterSet, tracee, address: RegisterSet.general) {
      unsafe withUnsafeMutableBytes(of: &registers.words) {
        unsafe fini_get_regset(tracee.rawValue, RegisterSet.general, $0.baseAddress, &size)
      }
    } completing: {
      if $0.result >= 0, size == Registers.byteCount { $0.detail = .registers(registers) }
    }
    return (result, size)
  }

  func readAllRegisters(_ tracee: TaskID, into registers: inout Registers) -> Int64 {
    perform(.getRegisters, tracee) {
      unsafe withUnsafeMutableBytes(of: &registers.words) {
        unsafe fini_get_registers(tracee.rawValue, $0.baseAddress)
      }
    } completing: {
      if $0.result >= 0 { $0.detail = .registers(registers) }
    }
  }

  func write(_ registers: Registers, to tracee: TaskID, _ request: PtraceRequest) -> Int64 {
    let isWhole = request == .setRegisters
    return perform(request, tracee, address: isWhole ? 0 : RegisterSet.general) {
      unsafe withUnsafeBytes(of: registers.words) {
        isWhole
          ? unsafe fini_set_registers(tracee.rawValue, $0.baseAddress)
          : unsafe fini_set_regset(
            tracee.rawValue, RegisterSet.general, $0.baseAddress, UInt64($0.count))
      }
    } completing: {
      $0.detail = .registers(registers)
    }
  }

  func readExtendedState(_ tracee: TaskID, into state: ExtendedState) -> Int64 {
    transfer(state, tracee, whole: .getRegisterSet, legacy: .getFloatingPoint) {
      state.fill(tracee)
    }
  }

  func write(_ state: ExtendedState, to tracee: TaskID) -> Int64 {
    transfer(state, tracee, whole: .setRegisterSet, legacy: .setFloatingPoint) {
      state.write(to: tracee)
    }
  }

  private func transfer(
    _ state: ExtendedState, _ tracee: TaskID, whole: PtraceRequest, legacy: PtraceRequest,
    _ body: () -> Int64
  ) -> Int64 {
    let isWhole = state.form == .xsave
    return perform(
      isWhole ? whole : legacy, tracee, address: isWhole ? RegisterSet.extendedState : 0, body
    ) {
      guard $0.result >= 0 else { return }
      $0.detail = .extendedState(byteCount: UInt64(state.byteCount), digest: state.digest)
    }
  }

  func readSignalMask(_ tracee: TaskID, into mask: inout SignalSet) -> Int64 {
    perform(.getSignalMask, tracee, address: KernelSize.signalSet) {
      unsafe fini_peek(
        PtraceRequest.getSignalMask.rawValue, tracee.rawValue, KernelSize.signalSet, &mask.rawValue)
    } completing: {
      if $0.result >= 0 { $0.detail = .signalSet(mask) }
    }
  }

  func write(_ mask: SignalSet, to tracee: TaskID) -> Int64 {
    var word = mask.rawValue
    return perform(.setSignalMask, tracee, address: KernelSize.signalSet) {
      unsafe fini_peek(
        PtraceRequest.setSignalMask.rawValue, tracee.rawValue, KernelSize.signalSet, &word)
    } completing: {
      $0.detail = .signalSet(mask)
    }
  }

  func readSignalInfo(_ tracee: TaskID, into info: inout fini_siginfo) -> Int64 {
    perform(.getSignalInfo, tracee) {
      unsafe fini_get_siginfo(tracee.rawValue, &info)
    } completing: {
      if $0.result >= 0 { $0.detail = .signalInfo(SignalInfo(info)) }
    }
  }

  func peekSignalInfo(
    _ tracee: TaskID, shared: Bool, into queue: UnsafeMutableBufferPointer<fini_siginfo>
  ) -> Int64 {
    perform(.peekSignalInfo, tracee, data: shared ? 1 : 0) {
      unsafe fini_peek_siginfo(
        tracee.rawValue, 0, shared ? 1 : 0, Int32(queue.count), queue.baseAddress)
    }
  }

  func readSyscallInfo(_ tracee: TaskID, into info: inout fini_syscall_info) -> Int64 {
    perform(.getSyscallInfo, tracee, address: KernelSize.syscallInfo) {
      unsafe fini_get_syscall_info(tracee.rawValue, &info)
    } completing: {
      if $0.result >= 0 { $0.detail = .syscall(SyscallInfo(info)) }
    }
  }

  func readSequenceArea(_ tracee: TaskID, into area: inout fini_rseq) -> Int64 {
    perform(.getSequenceArea, tracee, address: KernelSize.sequenceConfiguration) {
      unsafe fini_get_rseq(tracee.rawValue, &area)
    } completing: {
      if $0.result >= 0 { $0.detail = .sequenceArea(SequenceArea(area)) }
    }
  }

  func readFilter(_ tracee: TaskID, index: UInt64, into filter: inout SeccompFilter) -> Int64 {
    let result = perform(.getFilter, tracee, address: index) {
      unsafe withUnsafeMutableBytes(of: &filter.instructions) {
        fini_ptrace(
          PtraceRequest.getFilter.rawValue, tracee.rawValue, index,
          UInt64(UInt(bitPattern: $0.baseAddress)))
      }
    }
    filter.count = max(0, Int(result))
    return result
  }

  func readDispatch(_ tracee: TaskID, into dispatch: inout SyscallDispatch) -> Int64 {
    unsafe withUnsafeMutableBytes(of: &dispatch) {
      unsafe transfer(UnsafeRawBufferPointer($0), tracee, .getDispatch)
    }
  }

  func write(_ dispatch: SyscallDispatch, to tracee: TaskID) -> Int64 {
    unsafe withUnsafeBytes(of: dispatch) { unsafe transfer($0, tracee, .setDispatch) }
  }

  /// Makes a request whose third argument is the size of what the fourth points to.
  private func transfer(
    _ bytes: UnsafeRawBufferPointer, _ tracee: TaskID, _ request: PtraceRequest
  ) -> Int64 {
    let size = UInt64(bytes.count)
    return perform(request, tracee, address: size) {
      fini_ptrace(
        request.rawValue, tracee.rawValue, size, UInt64(UInt(bitPattern: bytes.baseAddress)))
    }
  }

  // MARK: wait

  /// Sleeps until something has happened to the task, for at most `timeout` ns.
  func sleep(
    until tracee: TaskID, socket: Int32, word: (SharedWord, UInt32)?, timeout: Int64
  ) -> Int64 {
    var task = tracee.rawValue
    let woke = unsafe fini_sleep(
      &task, 1, signals, socket, word?.0.pointer, word?.1 ?? 0, timeout, spin)
    if woke > 0, woke & Int64(FINI_WOKE_INTERRUPT) != 0 { wasInterrupted = true }
    return woke
  }

  /// Sleeps until something has happened to one of the tasks, for at most `timeout` ns.
  ///
  /// It takes no status: each task must then be waited for by itself.
  package func sleep(untilAnyOf tracees: [TaskID], timeout: Int64) {
    let tasks = tracees.map(\.rawValue)
    _ = unsafe fini_sleep(tasks, UInt64(tasks.count), signals, -1, nil, 0, timeout, spin)
  }

  /// Sleeps for a while. Returns whether Ctrl-C, SIGTERM or SIGHUP came meanwhile.
  package func rest(for time: Int64) -> Bool {
    if fini_rest(signals, time) & Int64(FINI_WOKE_INTERRUPT) != 0 { wasInterrupted = true }
    return wasInterrupted
  }

  /// Waits for one task, without blocking.
  func wait4(_ tracee: TaskID, status: inout UInt32) -> Int64 {
    beforeCall?()
    let entered = Tracer.now()
    let result = unsafe fini_wait4(tracee.rawValue, WaitOptions.tracee, &status)
    record(WaitCall(target: tracee, options: WaitOptions.tracee, result: result), status, entered)
    return result
  }

  /// Waits for a child of this process that is not a tracee, until it ends.
  package func reap(_ child: TaskID) {
    var status: UInt32 = 0
    beforeCall?()
    let entered = Tracer.now()
    let result = unsafe fini_wait4(child.rawValue, 0, &status)
    record(WaitCall(target: child, options: 0, result: result), status, entered)
  }

  private func record(_ call: WaitCall, _ status: UInt32, _ entered: Instant) {
    var call = call
    if call.result > 0 { call.status = status }
    sink.record(
      Event(
        sequence: 0, entered: entered, left: Tracer.now(), tracer: task, tracee: call.target,
        payload: .wait(call)))
  }
}

/// Options of wait4(2).
enum WaitOptions {
  // __WALL: a tracee may be a thread. __WNOTHREAD: only the tracees of this thread. WNOHANG: the
  // sleep is done elsewhere, with a deadline.
  static let tracee: UInt32 = 0x4000_0000 | 0x2000_0000 | 1
}
