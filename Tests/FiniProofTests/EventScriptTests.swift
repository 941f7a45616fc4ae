import FiniEventScripts
import FiniModel
import FiniProof
import Testing

extension EventScript {
  /// What ``ForeignStream`` makes of the calls of this script alone: the stops and phases are the stream's own.
  fileprivate var retold: [Event] {
    var stream = ForeignStream(source: source)
    var found: [Event] = []
    for event in events {
      let moment = ForeignStream.Moment(
        tracer: event.tracer, entered: event.entered, left: event.left)
      switch event.payload {
      case .request(let call): stream.take(call, on: event.tracee, moment)
      case .wait(let call): stream.take(call, moment)
      default: continue
      }
      stream.drain { found.append($0) }
    }
    stream.end()
    stream.drain { found.append($0) }
    return found
  }
}

/// The scripts that CauseTests judges say of their calls what the stream of a real tracer says of them.
@Suite struct EventScriptTests {
  private func classes(_ events: [Event]) -> [StopClass] {
    events.compactMap { if case .stop(let stop) = $0.payload { stop.stopClass } else { nil } }
  }

  /// The script does not tell `prepare`, which has no part in any cause.
  private func phases(_ events: [Event]) -> [Phase] {
    events.compactMap { if case .phase(let phase) = $0.payload { phase } else { nil } }
      .filter { $0 != .prepare }
  }

  private func ledger(_ events: [Event]) -> FiniLedger {
    var machine = TracerMachine(source: .strace)
    for event in events { machine.observe(event) }
    return machine.ledger
  }

  private static let scripts: [EventScript] = [
    .cured(by: .strace),
    .told(by: .strace) {
      $0.takeAndInfect()
      $0.approach()
      $0.deliveryStop(.stop, at: EventScript.receiving)
      $0.add(.phase(.detach))
      $0.request(.detach)
    },
    .told(by: .strace) {
      $0.takeAndInfect()
      $0.interruptDaemon()
      $0.add(.phase(.sigreturn))
      $0.sigreturn()
      $0.unmapAndLetGo()
    },
  ]

  @Test("A script's stops, phases and verdict are those of its calls", arguments: scripts)
  func retold(_ script: EventScript) {
    let retold = script.retold
    #expect(classes(retold) == classes(script.events))
    #expect(phases(retold) == phases(script.events))
    #expect(ledger(retold).verdict == ledger(script.events).verdict)
  }
}
