internal import FiniModel

/// One thing that a line of an input reports.
struct Sight {
  /// What it reports.
  enum Thing {
    /// A ptrace call on a tracee.
    case request(RequestCall, on: TaskID)
    /// A wait call.
    case wait(WaitCall)
    /// An event that is not a call of the tracer on a tracee.
    case note(Event.Payload, about: TaskID)
    /// The traced program, which is the tracer, ended.
    case tracerEnded(Ending)
    /// A wait that was still under way when the input ended.
    case openWait(target: TaskID)
  }

  var thing: Thing
  var tracer: TaskID
  /// The time on the input's own clock, in nanoseconds; `nil` if it has none.
  var entered: Int64?
  /// Whether ``entered`` is that of the line before, as this line has no time.
  var isUntimed = false
  /// How long it took, in nanoseconds, if the line says so.
  var duration: Int64?
  var line: UInt32
  /// The text, for a line of a log and for a line that was not understood.
  var text: String?
}

extension Sight.Thing {
  /// Whether it is a call of a tracer.
  var isCall: Bool {
    switch self {
    case .request, .wait, .openWait: true
    case .note, .tracerEnded: false
    }
  }

  /// Whether it is a line of which the text is kept.
  var isLine: Bool {
    switch self {
    case .note(.log, _), .note(.unparsed, _): true
    default: false
    }
  }

  /// Whether it is a line of a tracer's own log.
  var isLogLine: Bool {
    if case .note(.log, _) = self { true } else { false }
  }
}

/// The result of reading a line.
enum LineOutcome {
  /// One sight, as for nearly every line.
  case sight(Sight)
  /// Several sights.
  case sights([Sight])
  /// It is of a known kind, and ignored.
  case passed
  /// It was not understood.
  case unparsed
}

extension LineOutcome {
  /// Its sights; `nil` if it has none.
  var all: [Sight]? {
    switch self {
    case .sight(let sight): [sight]
    case .sights(let sights): sights
    case .passed, .unparsed: nil
    }
  }
}

extension Sight {
  /// A line that was not understood.
  static func unparsed(_ line: TextLine, at time: Int64? = nil) -> Sight {
    Sight(
      thing: .note(.unparsed(line: line.number), about: TaskID(0)), tracer: TaskID(0),
      entered: time,
      duration: nil, line: line.number, text: line.text)
  }
}
