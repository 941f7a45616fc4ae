import FiniModel
import GRDB

/// Makes events of what is missing in the sequences of a run.
enum Gaps {
  /// Puts a gap at the start of every missing range that no gap accounts for.
  ///
  /// - Returns: how many events the new gaps stand for.
  static func fill(with writer: inout EventWriter, in database: Database) throws -> Int {
    var gaps: [Event] = []
    var previous: Event?
    let reader = try EventReader(run: writer.run, in: database)
    while let event = try reader.next() {
      let first = (previous?.sequence ?? 0) + 1
      if event.sequence > first {
        var missing = UInt64(event.sequence - first)
        // A gap of the recorder stands where the first lost event would, so the rest of what it
        // tells of is the hole after it.
        if let previous, case .gap(let lost) = previous.payload {
          missing -= min(missing, lost - min(lost, 1))
        }
        if missing > 0 {
          let place = event.sequence - UInt32(missing)
          gaps.append(gap(at: place, lost: missing, beside: previous ?? event))
        }
      }
      previous = event
    }
    for gap in gaps { try writer.insert(EventRow(gap), registers: nil, in: database) }
    return gaps.reduce(0) { total, gap in
      if case .gap(let lost) = gap.payload { return total + Int(lost) }
      return total
    }
  }

  /// Puts a gap after the last event.
  static func append(lost: Int, with writer: inout EventWriter, in database: Database) throws {
    var last: Event?
    let reader = try EventReader(run: writer.run, in: database)
    while let event = try reader.next() { last = event }
    var sequence: UInt32 = 1
    if let last {
      sequence = last.sequence + 1
      if case .gap(let before) = last.payload {
        sequence += UInt32(clamping: before - min(before, 1))
      }
    }
    let neighbour: Event
    if let last {
      neighbour = last
    } else {
      let start = Instant(rawValue: writer.started)
      neighbour = Event(
        sequence: 0, source: writer.source, entered: start, left: start,
        tracer: try writer.tid(0, in: database), tracee: try writer.tid(1, in: database),
        payload: .gap(lost: 0))
    }
    try writer.insert(
      EventRow(gap(at: sequence, lost: UInt64(lost), beside: neighbour)), registers: nil,
      in: database)
  }

  private static func gap(at sequence: UInt32, lost: UInt64, beside event: Event) -> Event {
    Event(
      sequence: sequence, source: event.source, entered: event.left, left: event.left,
      tracer: event.tracer, tracee: event.tracee, payload: .gap(lost: lost))
  }
}
