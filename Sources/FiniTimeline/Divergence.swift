package import FiniModel

/// Where two runs part: the first step that one has and the other has not.
///
/// Steps are compared phase by phase, blind to task numbers, addresses, descriptors and times: two
/// good runs of one kind have the same steps wherever the kernel put things.
package struct Divergence: Sendable {
  /// The phase in which they part.
  package let phase: Phase
  /// What either run did there; `nil` where it did nothing more in that phase.
  package let first, second: Event?
  /// What it did next, in another phase, where it did nothing more in that one.
  package let firstNext, secondNext: Event?
  /// How many steps of the phase are the same before.
  package let common: Int

  /// Compares two runs; `nil` if they have the same steps.
  package init?(_ a: Timeline, _ b: Timeline) {
    let (first, second) = (Divergence.steps(of: a), Divergence.steps(of: b))
    for phase in Phase.allCases {
      let (left, right) = (first[phase] ?? [], second[phase] ?? [])
      guard left.map({ $0.step }) != right.map({ $0.step }) else { continue }
      let common = zip(left, right).prefix { $0.0.step == $0.1.step }.count
      self.phase = phase
      self.common = common
      self.first = common < left.count ? a.event(left[common].event) : nil
      self.second = common < right.count ? b.event(right[common].event) : nil
      firstNext = self.first == nil ? Divergence.next(after: left.last?.event, first, a) : nil
      secondNext = self.second == nil ? Divergence.next(after: right.last?.event, second, b) : nil
      return
    }
    return nil
  }

  /// The first step after an event, whatever its phase.
  private static func next(
    after event: UInt32?, _ steps: [Phase: [(step: Step, event: UInt32)]], _ timeline: Timeline
  ) -> Event? {
    guard let event else { return nil }
    let found = steps.values.joined().map { $0.event }.filter { $0 > event }.min()
    return found.flatMap { timeline.event($0) }
  }

  /// What a step is, without what changes from run to run.
  private enum Step: Hashable {
    case request(PtraceRequest, UInt64, Errno?)
    case stop(StopClass, Signal?)
    case ended(Ending)
    case missed(Missed.Awaited)
    case fallback(Fallback.Reason)
    case lost
  }

  private static func steps(of timeline: Timeline) -> [Phase: [(step: Step, event: UInt32)]] {
    var found: [Phase: [(step: Step, event: UInt32)]] = [:]
    for event in timeline.events where event.tracee == timeline.subject {
      guard let phase = timeline.phase(of: event.sequence), let step = step(event) else { continue }
      // How many words were looked at is no step of its own.
      if event.kind == .peek, found[phase]?.last?.step == step { continue }
      found[phase, default: []].append((step, event.sequence))
    }
    return found
  }

  private static func step(_ event: Event) -> Step? {
    switch event.payload {
    case .request(let call):
      // Asked only where something is pending, which is nothing that the tracer does.
      if call.request == .peekSignalInfo { return nil }
      return .request(call.request, argument(of: call), call.error)
    case .stop(let stop):
      return .stop(stop.stopClass, stop.signal)
    case .ended(let ending): return .ended(ending)
    case .missed(let missed): return .missed(missed.awaited)
    case .fallback(let fallback): return .fallback(fallback.reason)
    case .gap: return .lost
    case .wait, .signal, .rpc, .sigreturn, .phase, .snapshot, .putBack, .sequenceAbort, .memory,
      .log,
      .unparsed:
      return nil
    }
  }

  /// What of the arguments means the same in every run.
  private static func argument(of call: RequestCall) -> UInt64 {
    switch call.debugRegisterWrite {
    // DR0 holds an address; what DR7 is set to says whether it is armed.
    case .address(let slot, let address):
      return UInt64(slot) << 8 | (address.rawValue == 0 ? 0 : 1)
    case .control(let control):
      return UInt64(DebugRegister.control) << 8 | control.enabled
    case .status(let value):
      return UInt64(DebugRegister.status) << 8 | (value == 0 ? 0 : 1)
    case nil: break
    }
    switch call.request.kind {
    case .signalMaskSet:
      guard case .signalSet(let set) = call.detail else { return 0 }
      return set.rawValue
    case .cont, .syscall, .step, .detach, .options, .seize: return call.data
    case .registersRead, .registersWritten: return call.address
    default: return 0
    }
  }
}
