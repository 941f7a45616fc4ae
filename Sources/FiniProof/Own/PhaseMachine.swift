package import FiniModel

/// Finds the phases of a cure in its events, the same way live and from a file.
///
/// It reads one event at a time, in order. The engine asks it while it cures; the
/// timeline asks it about a recording and ignores the phase events that are in there.
package struct PhaseMachine: Sendable {
  /// The phase that the next event belongs to unless it begins another; `nil` before the first.
  package private(set) var phase: Phase?

  /// Starts before the first event.
  package init() {}

  /// Takes an event and returns the phase that begins with it, if one does.
  package mutating func observe(_ event: Event) -> Phase? {
    guard let next = successor(of: phase, at: event), next != phase else { return nil }
    phase = next
    return next
  }

  private func successor(of phase: Phase?, at event: borrowing Event) -> Phase? {
    switch event.payload {
    case .request(let call):
      return successor(of: phase, at: call)
    case .stop(let stop):
      switch phase {
      case .seize: return .prepare
      case .fini where stop.stopClass == .breakpoint: return .sigreturn
      case .fini where stop.entersSigreturn:
        return .sigreturn
      default: return nil
      }
    case .rpc(let record):
      switch (record.command, record.direction) {
      case (.ready, _): return phase == .infect ? .daemon : nil
      case (.ping, .sent), (.misc, .sent): return phase == .daemon ? .commands : nil
      case (.fini, .sent), (.park, .sent):
        return phase == .daemon || phase == .commands ? .fini : nil
      default: return nil
      }
    case .wait, .signal, .ended, .sigreturn, .phase, .snapshot, .missed, .fallback, .putBack,
      .sequenceAbort, .memory, .gap, .log, .unparsed:
      return nil
    }
  }

  private func successor(of phase: Phase?, at call: RequestCall) -> Phase? {
    switch call.request {
    case .seize:
      return phase == nil ? .seize : nil
    case .detach:
      return phase == nil ? nil : .detach
    case .interrupt:
      return phase == .daemon || phase == .commands ? .fini : nil
    case .cont where phase == .infect:
      return .daemon
    case .setSignalMask:
      switch phase {
      case .prepare: return .infect
      case .sigreturn: return .unmap
      // In fini a mask is set to let SIGTRAP through, on the way to the breakpoint.
      default: return nil
      }
    case .setRegisterSet, .setRegisters:
      switch phase {
      case .prepare: return .infect
      // Registers written in fini are the way of `direct`; after sigreturn they begin the unmap.
      case .fini, .sigreturn: return .unmap
      default: return nil
      }
    default:
      return nil
    }
  }
}
