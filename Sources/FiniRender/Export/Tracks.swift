internal import FiniModel
internal import FiniTimeline

/// The tracks of a trace of Perfetto: each is described before its first event.
struct Tracks {
  /// What a track shows of a task.
  enum Side: UInt64 {
    case tracer = 1
    case tracee = 2
  }

  /// The counter of pending signals.
  static let pending: UInt64 = 1

  private let header: RunHeader
  private var described: Set<UInt64> = []

  init(_ header: RunHeader) { self.header = header }

  /// The number of a task's track: a task may trace and be traced.
  func track(of task: TaskID, as side: Side) -> UInt64 {
    side.rawValue << 32 | UInt64(UInt32(bitPattern: task.rawValue))
  }

  /// The packets that describe the event's tracks, where none did before.
  mutating func describe(_ event: Event) -> [UInt8] {
    var bytes: [UInt8] = []
    if described.isEmpty { bytes += counter() }
    for (task, side) in [(event.tracer, Side.tracer), (event.tracee, .tracee)] {
      let track = track(of: task, as: side)
      if described.insert(track).inserted { bytes += thread(task, side, track) }
    }
    return bytes
  }

  private mutating func counter() -> [UInt8] {
    described.insert(Tracks.pending)
    var descriptor = Protobuf()
    descriptor.put(1, Tracks.pending)
    descriptor.put(2, "pending signals of \(header.pid)")
    descriptor.put(8, Protobuf())
    return Tracks.packet(descriptor)
  }

  private func thread(_ task: TaskID, _ side: Side, _ track: UInt64) -> [UInt8] {
    var descriptor = Protobuf()
    descriptor.put(1, track)
    descriptor.put(2, name(of: task, side))
    return Tracks.packet(descriptor)
  }

  private func name(of task: TaskID, _ side: Side) -> String {
    let word = side == .tracer ? "tracer" : "traced"
    let name = side == .tracee && task == header.pid ? " (\(Escaped(header.comm)))" : ""
    return "\(word) \(task)\(name)"
  }

  private static func packet(_ descriptor: Protobuf) -> [UInt8] {
    var packet = Packet.begun
    packet.put(60, descriptor)
    return Packet.field(packet)
  }
}
