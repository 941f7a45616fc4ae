public import FiniModel

/// Finds the phases of a foreign tracer's cure in the events of one task.
///
/// Where the daemon began shows only when the tracer interrupts it, so this looks at all events and
/// not at one after the other.
public struct ObservedPhases: Sendable {
  /// The event with which each phase begins, in order.
  public private(set) var starts: [(sequence: UInt32, phase: Phase)] = []

  private var phase: Phase?
  private let machine: TracerMachine

  /// Reads the events of one task; `others` are the sequences of what its tracer did to other tasks.
  ///
  /// - Parameters:
  ///   - events: the events of the task, in order.
  ///   - others: when its tracer turned to other tasks, in order.
  ///   - machine: what was made of the same events.
  public init(
    reading events: some Sequence<Event>, others: some Sequence<UInt32>, machine: TracerMachine
  ) {
    self.machine = machine
    for event in events {
      if let next = successor(at: event) { begin(next, at: event.sequence) }
    }
    // The tracer goes on to others once the daemon answers.
    if let daemon = machine.daemonStarted, let fini = machine.ledger.interrupt,
      let first = others.first(where: { daemon < $0 && $0 < fini }),
      let place = starts.firstIndex(where: { $0.sequence > first })
    {
      starts.insert((first, .commands), at: place)
    }
  }

  private mutating func begin(_ next: Phase, at sequence: UInt32) {
    guard next != phase else { return }
    phase = next
    starts.append((sequence, next))
  }

  private func successor(at event: Event) -> Phase? {
    let facts = machine.ledger
    // What the machine knows comes before what a single event looks like.
    switch event.sequence {
    case machine.daemonStarted: return .daemon
    case facts.interrupt: return .fini
    case facts.hit:
      return machine.ledger.sigreturnLeft.map { $0 < event.sequence } == true ? nil : .sigreturn
    case facts.sigreturnEntry: return .sigreturn
    default: break
    }
    switch event.payload {
    case .request(let call) where call.error == nil:
      return successor(at: call, event.sequence)
    case .stop where phase == .seize:
      return .prepare
    case .sigreturn(let record) where phase == .fini:
      return record.passage == .entered ? .sigreturn : nil
    default:
      return nil
    }
  }

  private func successor(at call: RequestCall, _ sequence: UInt32) -> Phase? {
    let facts = machine.ledger
    switch call.request.kind {
    case .seize, .attach:
      return phase == nil || phase == .detach ? .seize : nil
    case .detach:
      return phase == nil ? nil : .detach
    case .registersWritten, .signalMaskSet:
      return write
    // The text under the program counter is patched to make a system call there.
    case .poke where call.request != .pokeUser:
      return write
    case .registersRead, .peek:
      // After the exit of rt_sigreturn, whatever is done serves the unmapping.
      if let exit = facts.sigreturnExit, exit < sequence, phase == .sigreturn,
        call.request == .peekData
      {
        return .unmap
      }
      return nil
    default:
      return nil
    }
  }

  private var write: Phase? {
    switch phase {
    case .seize, .prepare: .infect
    // In fini a mask is set to let SIGTRAP through; registers written there end it without sigreturn.
    case .fini
    where machine.ledger.registersWritten != nil && machine.ledger.sigreturnEntry == nil
      && machine.ledger.sigreturnLeft == nil:
      .unmap
    case .sigreturn: .unmap
    default: nil
    }
  }
}
