internal import FiniModel
internal import FiniPtrace

/// A deadline, or none.
struct Patience {
  private let end: UInt64?

  /// The longest that is told apart from none, in seconds: thirty years.
  private static let longest = 1e9

  init(_ seconds: Double?) {
    end = seconds.map {
      Tracer.now().rawValue + UInt64(max(0, min($0, Patience.longest)) * 1_000_000_000)
    }
  }

  init(nanoseconds: UInt64) { end = Tracer.now().rawValue + nanoseconds }

  var isOver: Bool { end.map { Tracer.now().rawValue >= $0 } ?? false }
}
