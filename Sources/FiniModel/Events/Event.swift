/// One thing that happened between a tracer and a tracee.
@usableFromInline
package struct Event: Hashable, Sendable {
  /// Its place in the run, from 1, without gaps.
  package var sequence: UInt32
  /// The source that reported it.
  package var source: Source
  /// When the call was entered, or when the thing happened, in monotonic nanoseconds.
  package var entered: Instant
  /// When the call returned. The same as ``entered`` for an event without duration.
  package var left: Instant
  /// Whether the time is its own. A line of a log without a time stands at its place in the order, and
  /// ``entered`` is that of the line before it.
  package var hasOwnTime: Bool
  /// The task that traces.
  package var tracer: TaskID
  /// The task that is traced.
  package var tracee: TaskID
  /// What happened.
  package var payload: Payload

  package init(
    sequence: UInt32, source: Source = .engine, entered: Instant, left: Instant, tracer: TaskID,
    tracee: TaskID, payload: Payload, hasOwnTime: Bool = true
  ) {
    self.sequence = sequence
    self.source = source
    self.entered = entered
    self.left = left
    self.tracer = tracer
    self.tracee = tracee
    self.payload = payload
    self.hasOwnTime = hasOwnTime
  }

  /// What happened, with the data of this kind of event.
  package enum Payload: Hashable, Sendable {
    /// A ptrace call.
    case request(RequestCall)
    /// A wait4 or waitid call.
    case wait(WaitCall)
    /// The stop that a wait reported, classified. It does not repeat the call.
    case stop(StopRecord)
    /// Something that happened to a signal of the tracee.
    case signal(SignalRecord)
    /// The tracee ended.
    case ended(Ending)
    /// A command to the parasite, or its answer.
    case rpc(RPCRecord)
    /// The tracee was seen at its own rt_sigreturn by an observer.
    case sigreturn(SigreturnRecord)
    /// A phase of the cure begins; the event after this one is its first.
    case phase(Phase)
    /// The tracee's state, read because a stop was missed.
    case snapshot(Snapshot)
    /// A wait that ended at its deadline. It does not say what the tracee does now.
    case missed(Missed)
    /// Another strategy than the one asked for was taken.
    case fallback(Fallback)
    /// One put-back of the cure, attempted and checked.
    case putBack(PutBack)
    /// The task was in a restartable sequence, and continues at its abort handler.
    case sequenceAbort(SequenceAbort)
    /// The tracer read or wrote memory of the tracee without ptrace.
    case memory(MemoryAccess)
    /// Events that were lost before this one.
    case gap(lost: UInt64)
    /// A line of a log, with what it says; the file keeps its text.
    case log(LogRecord)
    /// A line that was not understood; the file keeps its text.
    case unparsed(line: UInt32)
  }

  /// The kind.
  package var kind: EventKind {
    switch payload {
    case .request(let call): call.request.kind
    case .wait: .wait
    case .stop: .stop
    case .signal: .signal
    case .ended(.exited): .exit
    case .ended(.killed): .killed
    case .rpc: .rpc
    case .sigreturn: .sigreturn
    case .phase: .phase
    case .snapshot: .snapshot
    case .missed: .missed
    case .fallback: .fallback
    case .putBack: .putBack
    case .sequenceAbort: .sequenceAbort
    case .memory: .memory
    case .gap: .gap
    case .log: .log
    case .unparsed: .unparsed
    }
  }

  /// Whether it is a ptrace call or a wait; the same as that of its kind, and cheaper to ask.
  package var isCall: Bool {
    switch payload {
    case .request, .wait: true
    default: false
    }
  }

  /// How long the call took, in nanoseconds.
  package var duration: Int64 { left - entered }
}
