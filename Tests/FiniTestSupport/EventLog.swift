import FiniModel

/// A sink that keeps everything, for tests to search.
package final class EventLog: EventSink {
  /// The events, in order.
  package private(set) var events: [Event] = []
  /// Called after each event.
  package var onEvent: ((Event) -> Void)?

  /// Makes an empty log.
  package init() { events.reserveCapacity(512) }

  /// Takes one event.
  package func record(_ event: Event) {
    events.append(event)
    onEvent?(event)
  }

  /// The ptrace calls.
  package var requests: [RequestCall] {
    events.compactMap { if case .request(let call) = $0.payload { call } else { nil } }
  }

  /// The stops.
  package var stops: [StopRecord] {
    events.compactMap { if case .stop(let stop) = $0.payload { stop } else { nil } }
  }

  /// The ptrace and wait calls: those for which `beforeCall` hooks run, by their index.
  package var calls: [Event] {
    events.filter {
      switch $0.payload {
      case .request, .wait: true
      default: false
      }
    }
  }
}

extension Event {
  /// The call in a few words.
  package var callName: String {
    switch payload {
    case .request(let call):
      switch call.debugRegisterWrite {
      case .address(let slot, _): return "\(call.request) DR\(slot) = ..."
      case .status: return "\(call.request) DR6 = ..."
      case .control(let control): return "\(call.request) DR7 = \(control.rawValue)"
      case nil: break
      }
      if case .extendedState = call.detail { return "\(call.request) xstate" }
      return "\(call.request)"
    case .wait: return "wait4"
    default: return "\(kind)"
    }
  }
}
