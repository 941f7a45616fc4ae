internal import FiniModel
internal import FiniProof

/// Reads the events of a run once, from first to last.
struct TimelineReader {
  /// What decides about the task, and what is stored of it.
  private(set) var task: TaskJudge
  /// What the run shows beside it.
  private(set) var course = RunCourse()
  /// Its stops, with their calls.
  private(set) var pairs = PairFinder()
  private(set) var remoteCalls = RemoteCallFinder()
  private(set) var finalRegisters: Registers?

  init(subject: TaskID?, source: Source = .engine) {
    task = TaskJudge(of: subject, source: source)
  }

  mutating func observe(_ event: Event) {
    course.observe(event)
    task.observe(event)
    guard task.concerns(event) else { return }
    remoteCalls.observe(event)
    pairs.observe(event)
    if case .request(let call) = event.payload, call.error == nil, let registers = event.registers,
      task.machine.ledger.detached == nil
    {
      finalRegisters = registers
    }
  }
}
