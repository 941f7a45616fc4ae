import FiniModel
import FiniPtrace
import FiniTestSupport

/// Triggers an incident in one cure.
@PtraceThread
final class Plot {
  /// Whether it was triggered, and so could have an effect.
  private(set) var didHappen = false
  private let incident: Incident
  private let witness: Witness
  private let log: EventLog
  private let ownSockets: Set<String>
  private var isOver = false

  init(_ incident: Incident, _ witness: Witness, _ log: EventLog) {
    self.incident = incident
    self.witness = witness
    self.log = log
    ownSockets = Set(witness.process.descriptors.keys)
  }

  /// How long a stop is awaited: not long if it can't come.
  var deadline: Int64 {
    if case .losesTheBreakpoint = incident.nature { return 150_000_000 }
    return 2_000_000_000
  }

  /// Whether the cure handles Ctrl-C.
  var interrupts: Bool {
    if case .endsTheRecorder = incident.nature { return true }
    return false
  }

  /// Before a call of the tracer.
  func pass(_ call: Int, _ boundary: Int) {
    if case .losesTheBreakpoint = incident.nature {
      if call >= boundary { loseBreakpoint() }
    } else if call == boundary {
      happen()
    }
  }

  /// After the cure: triggers it now if the cure did not get that far.
  func end() {
    if !isOver { happen() }
    if case .endsTheRecorder(let signal) = incident.nature { Doors.takeSignal(signal) }
  }

  private func happen() {
    isOver = true
    switch incident.nature {
    case .ofTheVictim, .replacesTheVictim:
      incident.act(witness.process.pid, witness.thread)
      didHappen = true
    case .endsTheRecorder(let signal):
      Doors.kill(Doors.ownProcess, signal)
      didHappen = true
    case .ofTheSocket(let meddling):
      meddle(meddling)
    case .losesTheBreakpoint, .killsTheRecorder:
      break
    }
  }

  /// The first of the two is the parasite's.
  private func meddle(_ meddling: Doors.Meddling) {
    let sockets = witness.process.descriptors.filter {
      $0.value.hasPrefix("socket:") && !ownSockets.contains($0.key)
    }
    guard let number = sockets.keys.compactMap({ Int32($0) }).min() else { return }
    didHappen = Doors.meddle(meddling, witness.process.pid, socket: number) == 0
  }

  private func loseBreakpoint() {
    guard let call = log.requests.last, call.debugRegisterWrite == .control(.armed),
      call.error == nil
    else { return }
    // POKEUSER of DR7, not through the gate, on the tracing thread.
    didHappen = Doors.ptrace(6, witness.thread, 848 + 7 * 8, 0) == 0 || didHappen
  }
}
