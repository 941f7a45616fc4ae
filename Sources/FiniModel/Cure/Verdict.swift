/// Whether the stop landed before (or around) rt_sigreturn; the numbers are part of the schema.
public enum Verdict: UInt8, CaseIterable, Hashable, Sendable {
  /// The whole proof is there.
  case landed = 1
  /// Another stop came where the awaited one should have been.
  case intervened = 2
  /// The awaited stop never came.
  case missed = 3
  /// The task exited or was killed.
  case lost = 4
  /// The tracer vanished before the end.
  case unfinished = 5
  /// Something was lost from the recording, and the proof with it.
  case undetermined = 6
  /// The cure never came to fini.
  case neverReached = 7

  /// The name in files and reports.
  public var name: String {
    switch self {
    case .landed: "landed"
    case .intervened: "intervened"
    case .missed: "missed"
    case .lost: "lost"
    case .unfinished: "unfinished"
    case .undetermined: "undetermined"
    case .neverReached: "never-reached"
    }
  }
}

extension Verdict {
  /// What may still be said where something was lost: only a whole proof stands, or the task's end;
  /// whatever else seems not to have happened may be in what was lost.
  package var besideLoss: Verdict {
    switch self {
    case .landed, .lost, .undetermined: self
    case .intervened, .missed, .unfinished, .neverReached: .undetermined
    }
  }
}
