internal import FiniModel
internal import FiniProof

/// Numbers the events of a cure, gives them to the machines, and passes them on.
///
/// So what drives the cure is exactly what is recorded, in the same order.
final class CureRecorder: EventSink {
  /// The grammar of fini.
  var machine: FiniMachine
  /// The task that is cured. Events of other tasks are not given to the machines.
  let victim: TaskID

  /// The strategy in force: the one asked for, or the fallback.
  private(set) var strategy: FiniStrategy

  private var phases = PhaseMachine()
  private let numbering: EventNumbering
  /// Where the events are passed on to.
  var next: (any EventSink)?
  private var firstInterrupt: Instant?
  private var lastDetach: Instant?

  /// From the first PTRACE_INTERRUPT to the return of the detach, in nanoseconds.
  var frozen: Int64? {
    guard let firstInterrupt, let lastDetach else { return nil }
    return lastDetach - firstInterrupt
  }

  init(victim: TaskID, strategy: FiniStrategy, numbering: EventNumbering) {
    self.numbering = numbering
    self.victim = victim
    self.strategy = strategy
    machine = FiniMachine(strategy: strategy)
  }

  /// Notes that the task was let go without a call.
  func leave(at instant: Instant) { lastDetach = instant }

  /// Takes another strategy from now on.
  func fallBack(to strategy: FiniStrategy) {
    self.strategy = strategy
    machine.fallBack(to: strategy)
  }

  func record(_ event: Event) {
    guard event.tracee == victim else {
      pass(event)
      return
    }
    if let phase = phases.observe(event) {
      var marker = event
      marker.payload = .phase(phase)
      marker.left = event.entered
      pass(marker)
    }
    if event.kind == .interrupt, firstInterrupt == nil { firstInterrupt = event.entered }
    if event.kind == .detach { lastDetach = event.left }
    pass(event)
  }

  private func pass(_ event: Event) {
    var event = event
    event.sequence = numbering.next()
    if event.tracee == victim { machine.observe(event) }
    next?.record(event)
  }
}
