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
  package let firstNext, secondNext: Next?
  /// How many steps of the phase are the same before.
  package let common: Int

  /// A step, and its phase.
  package struct Next: Sendable {
    /// The phase.
    package let phase: Phase
    /// The step.
    package let event: Event
  }

  /// A phase in which two runs are known to differ, and how to read them again for the place.
  package struct Search: Sendable {
    /// The phase: the first, in the order of phases, whose steps are not the same.
    package let phase: Phase
    private let readers: (StepReader, StepReader)

    /// `nil` if the runs have the same steps.
    init?(_ first: RunSteps, _ second: RunSteps) {
      let phase = Phase.allCases.first {
        let (left, right) = (first.digests[$0], second.digests[$0])
        return left?.count != right?.count || left?.value != right?.value
      }
      guard let phase else { return nil }
      self.phase = phase
      readers = (first.beginning, second.beginning)
    }

    /// Finds the place. Both runs are read side by side, and no further than to there.
    ///
    /// - Parameters:
    ///   - first: the next event of the first run; `nil` after the last.
    ///   - second: the same of the second run.
    package func divergence(
      _ first: () throws -> Event?, _ second: () throws -> Event?
    ) rethrows -> Divergence? {
      var (left, right) = (Course(readers.0), Course(readers.1))
      var common = 0
      while true {
        let one = try left.next(in: phase, first)
        let other = try right.next(in: phase, second)
        if let one, let other, one.step == other.step {
          common += 1
          continue
        }
        // The file may have grown or been changed between the two times.
        if one == nil, other == nil { return nil }
        return Divergence(
          phase: phase, first: one?.event, second: other?.event,
          firstNext: one == nil ? left.after : nil, secondNext: other == nil ? right.after : nil,
          common: common)
      }
    }
  }

  /// The steps of one run in one phase, one after the other.
  private struct Course {
    private var reader: StepReader
    /// The first step after the last one of the phase, whatever its phase; `nil` before that one.
    private(set) var after: Next?
    private var isInside = false

    init(_ reader: StepReader) { self.reader = reader }

    mutating func next(
      in wanted: Phase, _ event: () throws -> Event?
    ) rethrows -> (step: Step, event: Event)? {
      while let event = try event() {
        guard let phase = reader.phase(of: event), let step = reader.step(event, in: phase)
        else { continue }
        if phase == wanted {
          isInside = true
          after = nil
          return (step, event)
        }
        if isInside, after == nil { after = Next(phase: phase, event: event) }
      }
      return nil
    }
  }

  private init(
    phase: Phase, first: Event?, second: Event?, firstNext: Next?, secondNext: Next?,
    common: Int
  ) {
    self.phase = phase
    self.first = first
    self.second = second
    self.firstNext = firstNext
    self.secondNext = secondNext
    self.common = common
  }

  /// What a step is, without what changes from run to run.
  enum Step: Hashable, Sendable {
    case request(PtraceRequest, UInt64, Errno?)
    case stop(StopClass, Signal?)
    case ended(Ending)
    case missed(Missed.Awaited)
    case fallback(Fallback.Reason)
    case lost
  }

  static func step(_ event: Event) -> Step? {
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
