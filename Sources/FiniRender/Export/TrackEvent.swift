/// One `TrackEvent` of Perfetto in its packet; field numbers are those of its `trace_packet.proto` and
/// `track_event.proto`.
struct TrackEvent {
  /// `TrackEvent.Type`.
  enum Kind: UInt64 {
    case begin = 1
    case end = 2
    case instant = 3
    case counter = 4
  }

  /// A `DebugAnnotation` with a text.
  struct Note {
    var name: String
    var value: String
  }

  private let kind: Kind
  private let track: UInt64
  /// In nanoseconds.
  private let time: UInt64
  private let name: String?
  private var count: Int64?
  /// Flows that begin here, by number, and flows that end here.
  var begins: [UInt64] = []
  var ends: [UInt64] = []
  var notes: [Note] = []

  init(_ kind: Kind, on track: UInt64, at time: UInt64, named name: String? = nil) {
    self.kind = kind
    self.track = track
    self.time = time
    self.name = name
  }

  /// The end of what began last on the track.
  static func end(on track: UInt64, at time: UInt64) -> TrackEvent {
    TrackEvent(.end, on: track, at: time)
  }

  /// A new value of a counter.
  static func count(_ value: Int, on track: UInt64, at time: UInt64) -> TrackEvent {
    var event = TrackEvent(.counter, on: track, at: time)
    event.count = Int64(value)
    return event
  }

  /// The event as a field of `Trace`.
  var packet: [UInt8] {
    var event = Protobuf()
    for note in notes {
      var annotation = Protobuf()
      annotation.put(10, note.name)
      annotation.put(6, note.value)
      event.put(4, annotation)
    }
    event.put(9, kind.rawValue)
    event.put(11, track)
    if let name { event.put(23, name) }
    if let count { event.put(30, signed: count) }
    for flow in begins { event.put(47, fixed: flow) }
    for flow in ends { event.put(48, fixed: flow) }
    var packet = Packet.begun
    packet.put(8, time)
    packet.put(58, Packet.monotonicClock)
    packet.put(11, event)
    return Packet.field(packet)
  }
}

/// A `TracePacket`.
enum Packet {
  /// `BUILTIN_CLOCK_MONOTONIC`, and `BUILTIN_CLOCK_BOOTTIME`, which Perfetto counts by.
  static let monotonicClock: UInt64 = 3
  private static let bootClock: UInt64 = 6

  /// A `ClockSnapshot` in which both clocks say the same. A recording knows one of them, and without a snapshot
  /// Perfetto can't place its times.
  static func clocks(at time: UInt64) -> [UInt8] {
    var snapshot = Protobuf()
    for clock in [monotonicClock, bootClock] {
      var moment = Protobuf()
      moment.put(1, clock)
      moment.put(2, time)
      snapshot.put(1, moment)
    }
    var packet = begun
    packet.put(6, snapshot)
    return field(packet)
  }

  /// A packet with the number of our one sequence.
  static var begun: Protobuf {
    var packet = Protobuf()
    packet.put(10, 1)
    return packet
  }

  /// A packet as a field of `Trace`.
  static func field(_ packet: Protobuf) -> [UInt8] {
    var trace = Protobuf()
    trace.put(1, packet)
    return trace.bytes
  }
}
