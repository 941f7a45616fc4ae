internal import FiniModel

/// The stop that a task stands in, and its place there.
///
/// What a tracer asks about a stop may come before the stop is told: the class follows from the answers.
struct StandingStop: Hashable, Sendable {
  /// A place, and the event that shows it.
  struct Place: Hashable {
    var counter: RemoteAddress
    var event: UInt32
  }

  /// The class, where the stop was told.
  private var stopClass: StopClass?
  private var isTrap = false
  private var place: Place?

  /// Where a task that may have stopped by an int3 stands.
  var placeAfterTrap: Place? { isTrap ? place : nil }

  /// Whether the task may stand at the entry of a system call.
  var mayBeEntry: Bool { stopClass == .syscallEntry || stopClass == .syscallStop }

  /// Whether the task stands at a system call: its tracer may do what the call would do.
  var isAtCall: Bool {
    switch stopClass {
    case .syscallEntry, .syscallExit, .syscallStop, .event(.seccomp): true
    default: false
    }
  }

  mutating func stop(_ stop: StopRecord) {
    stopClass = stop.stopClass
    switch stop.stopClass {
    case .softwareBreakpoint: isTrap = true
    case .unknown, .signalDelivery: isTrap = stop.signal == .trap
    default: isTrap = false
    }
  }

  /// Its place was read, or written.
  mutating func move(to counter: RemoteAddress, at sequence: UInt32) {
    place = Place(counter: counter, event: sequence)
  }

  /// The task was let run.
  mutating func run() { self = StandingStop() }
}
