import FiniModel
import Synchronization

/// A sink that keeps the events of the present cure, where the watchdog can read them too.
final class Recent: EventSink, Sendable {
  private let kept = Mutex<[Event]>([])

  func record(_ event: Event) { kept.withLock { $0.append(event) } }

  /// Starts a cure. Returns how many events the last one had.
  func begin() { kept.withLock { $0.removeAll(keepingCapacity: true) } }

  /// How many there are.
  var count: Int { kept.withLock { $0.count } }

  /// The last of them, one per line.
  func lines(last: Int) -> [String] {
    let events = kept.withLock { Array($0.suffix(last)) }
    guard let first = events.first else { return [] }
    return events.map { event in
      let time = Double(event.entered - first.entered) / 1000
      let payload = "\(event.payload)".replacing("FiniModel.", with: "")
      return "  #\(event.sequence) +\(Int(time)) us \(event.kind.name) \(payload.prefix(400))"
    }
  }
}
