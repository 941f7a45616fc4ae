internal import FiniModel

/// One line of a timeline before it is laid out.
struct TimelineRow {
  /// The direction between the columns of tracer and tracee.
  enum Arrow {
    case none
    case toTracee
    case toTracer
  }

  var event: UInt32
  /// `nil` for a line of a log that has no time of its own.
  var offset: Int64?
  /// `nil` for an event without duration.
  var duration: Int64?
  var isProof = false
  /// Whether it failed or was lost.
  var isTrouble = false
  var tracer = ""
  var arrow = Arrow.none
  var tracee: [String] = []
  var signals: [String] = []
}
