public import FiniModel

/// The tasks of a run that a foreign tracer traced, each with what became of its fini.
public struct Subjects: Sendable {
  /// One of them.
  public struct Subject: Hashable, Sendable {
    /// The task.
    public var task: TaskID
    /// The verdict on its fini.
    public var verdict: Verdict
    /// Whether it came to fini.
    public var hasFini: Bool
    /// Whether the tracer killed it: a child of its own that it tried something with.
    public var isProbe: Bool
    /// Whether the stop landed: `nil` if the recording cannot tell.
    public var landed: Bool? { verdict.landed }
  }

  /// All tracees, in the order in which they were first touched.
  public let all: [Subject]

  /// Finds them.
  public init(in events: some Sequence<Event>) {
    var order: [TaskID] = []
    var machines: [TaskID: CureMachine] = [:]
    var tracers: Set<TaskID> = []
    var killed: Set<TaskID> = []
    var isTraced: Set<TaskID> = []
    for event in events {
      let task = event.tracee
      switch event.payload {
      case .request(let call):
        if call.error == nil { isTraced.insert(task) }
        if call.request == .seize, call.error == nil { killed.remove(task) }
      case .signal(let record) where record.fate == .generated && record.info.signal == .kill:
        if record.info.sender == event.tracer { killed.insert(task) }
      case .ended where tracers.contains(task):
        for held in order { machines[held]?.observeEnd(of: task, at: event.sequence) }
      case .log, .unparsed, .gap:
        continue
      default: break
      }
      if event.kind.isCall { tracers.insert(event.tracer) }
      // What our own engine did is judged by another grammar, and asked for task by task.
      let source = event.source == .engine ? Source.strace : event.source
      if machines[task] == nil { order.append(task) }
      machines[task, default: CureMachine(source: source)].observe(event)
    }
    all = order.compactMap { task in
      guard isTraced.contains(task), let machine = machines[task] else { return nil }
      let hasFini = machine.facts.interrupt != nil
      return Subject(
        task: task, verdict: machine.verdict, hasFini: hasFini,
        isProbe: killed.contains(task) && machine.facts.sigreturnExit == nil)
    }
  }

  /// The one that the run is about: the worst of those that came to fini, else the last one touched.
  public var principal: TaskID? {
    let own = all.filter { !$0.isProbe }
    let order: [Verdict] = [
      .lost, .missed, .intervened, .undetermined, .unfinished, .landed, .neverReached,
    ]
    for verdict in order {
      if let found = own.first(where: { $0.hasFini && $0.verdict == verdict }) {
        return found.task
      }
    }
    return own.last?.task ?? all.last?.task
  }
}
