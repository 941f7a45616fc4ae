internal import FiniModel

/// One line of a timeline before it is laid out.
struct TimelineRow {
  /// Which way something went between the lanes.
  enum Arrow {
    case none
    case toTracee
    case toTracer
  }

  var event: UInt32
  var offset: Int64
  /// `nil` for what takes no time.
  var duration: Int64?
  var isProof = false
  /// What did not go well, or was lost.
  var isTrouble = false
  var tracer = ""
  var arrow = Arrow.none
  var tracee: [String] = []
  var signals: [String] = []
}
