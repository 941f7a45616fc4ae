internal import FiniModel
internal import FiniProof

/// Numbers the events of a cure, lets the machines see them, and passes them on.
///
/// What drives the cure is thus exactly what is recorded, in the same order.
final class CureRecorder: EventSink {
  /// The grammar of fini.
  var machine: FiniMachine
  /// The task whose cure this is; events of other tasks pass by the machines.
  let victim: TaskID

  /// The strategy in force: the one asked for, or what the cure fell back to.
  private(set) var strategy: FiniStrategy

  private var phases = PhaseMachine()
  private let numbering: EventNumbering
  /// Where events go on to.
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

  /// The task was let go without a call.
  func leave(at instant: Instant) { lastDetach = instant }

  /// Takes another strategy from here on.
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
