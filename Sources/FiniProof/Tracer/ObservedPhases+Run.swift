public import FiniModel

extension ObservedPhases {
  /// Reads the phases of one task in a run.
  public init(of subject: TaskID?, in events: [Event]) {
    var machine = TracerMachine(source: .bpf)
    let own = events.filter { $0.tracee == subject }
    for event in events {
      if event.tracee == subject {
        machine.observe(event)
      } else if case .ended = event.payload, event.tracee == machine.tracer {
        machine.observeTracerEnd(at: event.sequence)
      }
    }
    let tracer = machine.tracer
    self.init(
      reading: own,
      others: events.lazy
        .filter { $0.kind.isCall && $0.tracee != subject && $0.tracer == tracer }
        .map { $0.sequence },
      machine: machine)
  }
}
