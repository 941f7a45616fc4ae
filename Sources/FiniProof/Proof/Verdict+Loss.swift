internal import FiniModel

extension Verdict {
  /// What may still be said if events were lost: a complete proof holds, and so does the end of the
  /// task. Anything else that seems not to have happened may be in the lost part.
  var besideLoss: Verdict {
    switch self {
    case .landed, .lost, .undetermined: self
    case .intervened, .missed, .unfinished, .neverReached: .undetermined
    }
  }
}
