/// Whether the stop landed before (or around) rt_sigreturn; the numbers are part of the schema.
package enum Verdict: UInt8, CaseIterable, Hashable, Sendable {
  /// The proof is complete.
  case landed = 1
  /// Another stop came instead of the awaited one.
  case intervened = 2
  /// The awaited stop never came.
  case missed = 3
  /// The task exited or was killed.
  case lost = 4
  /// The tracer ended before the cure did.
  case unfinished = 5
  /// A part of the recording was lost, and with it a part of the proof.
  case undetermined = 6
  /// The cure never reached fini.
  case neverReached = 7

  /// The name in files and reports.
  package var name: String {
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
