internal import FiniModel

/// What the events of a run tell that is not of one task: where they begin and end, and what went wrong.
struct RunCourse {
  /// Something that a judgement tells, of whichever task.
  struct Mishap {
    let event: UInt32
    let what: What

    enum What {
      case notPutBack(PutBack)
      case fallback(Fallback)
      case lost(UInt64)
    }
  }

  /// The first and the last event; `nil` without any.
  private(set) var events: ClosedRange<UInt32>?
  /// The kind of the last event.
  private(set) var lastKind: EventKind?
  /// The mishaps, in order.
  private(set) var mishaps: [Mishap] = []

  /// Takes the next event.
  mutating func observe(_ event: Event) {
    let first = events?.lowerBound ?? event.sequence
    events = first...max(first, event.sequence)
    lastKind = event.kind
    switch event.payload {
    case .putBack(let item) where !item.succeeded: add(.notPutBack(item), event)
    case .fallback(let fallback): add(.fallback(fallback), event)
    case .gap(let lost): add(.lost(lost), event)
    default: break
    }
  }

  /// How many events were lost at a gap.
  func lost(at event: UInt32) -> UInt64? {
    for mishap in mishaps where mishap.event == event {
      if case .lost(let count) = mishap.what { return count }
    }
    return nil
  }

  private mutating func add(_ what: Mishap.What, _ event: Event) {
    mishaps.append(Mishap(event: event.sequence, what: what))
  }
}
