public import FiniModel
internal import FiniProof

/// The tasks of a run that a foreign tracer traced, each with what became of its fini.
public struct Subjects: Sendable {
  /// All tracees, in the order in which they were first touched.
  public let all: [TraceeVerdict]

  /// Finds them.
  public init(in events: some Sequence<Event>) {
    var reader = Reader()
    for event in events { reader.observe(event) }
    self.init(reader)
  }

  /// Those that a reader found.
  public init(_ reader: Reader) { all = reader.found }

  /// Finds them event by event, in order; it keeps no event.
  public struct Reader {
    private var order: [TaskID] = []
    private var machines: [CureMachine] = []
    // The place of a task in both, and of the one that was met last.
    private var places: [TaskID: Int] = [:]
    private var last: (task: TaskID, place: Int)?
    private var isTraced: [Bool] = []
    // Few: a list is the shorter way.
    private var tracers: [TaskID] = []
    private var killed: Set<TaskID> = []

    /// Nothing is read yet.
    public init() {}

    /// Takes the next event.
    public mutating func observe(_ event: Event) {
      let kind = event.kind
      guard kind != .log, kind != .unparsed, kind != .gap else { return }
      let task = event.tracee
      if last?.task != task {
        let place = places[task] ?? order.count
        if place == order.count {
          order.append(task)
          // What our own engine did is judged by another grammar, and asked for task by task.
          machines.append(CureMachine(source: event.source == .engine ? .strace : event.source))
          isTraced.append(false)
          places[task] = place
        }
        last = (task, place)
      }
      guard let place = last?.place else { return }
      switch event.payload {
      case .request(let call) where call.error == nil:
        isTraced[place] = true
        if call.request == .seize { killed.remove(task) }
      case .signal(let record) where record.fate == .generated && record.info.signal == .kill:
        if record.info.sender == event.tracer { killed.insert(task) }
      case .ended where tracers.contains(task):
        for held in machines.indices { machines[held].observeEnd(of: task, at: event.sequence) }
      default: break
      }
      if kind.isCall, tracers.last != event.tracer, !tracers.contains(event.tracer) {
        tracers.append(event.tracer)
      }
      machines[place].observe(event)
    }

    fileprivate var found: [TraceeVerdict] {
      order.indices.compactMap { place in
        guard isTraced[place] else { return nil }
        let task = order[place]
        let machine = machines[place]
        let hasFini = machine.ledger.interrupt != nil
        return TraceeVerdict(
          task: task, verdict: machine.ledger.verdict, hasFini: hasFini,
          isProbe: killed.contains(task) && machine.ledger.sigreturnExit == nil)
      }
    }
  }

  /// The one that the run is about: the worst of those that reached fini, else the last one touched.
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
