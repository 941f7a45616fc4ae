internal import FiniModel

/// One thing that a line of an input tells.
struct Sight {
  /// What it tells.
  enum Thing {
    /// A ptrace call on a tracee.
    case request(RequestCall, on: TaskID)
    /// A wait call.
    case wait(WaitCall)
    /// Something that is no call of the tracer's on a tracee.
    case note(Event.Payload, about: TaskID)
    /// The traced program, which is the tracer, ended.
    case tracerEnded(Ending)
    /// A wait that was still under way when the input ended.
    case openWait(target: TaskID)
  }

  var thing: Thing
  var tracer: TaskID
  /// On the input's own clock, in nanoseconds; `nil` where it has none.
  var entered: Int64?
  /// How long it took, in nanoseconds, if the line tells.
  var duration: Int64?
  var line: UInt32
  /// The text, for a line of a log and for one that was not understood.
  var text: String?
}

extension Sight.Thing {
  /// Whether it is a call of a tracer's.
  var isCall: Bool {
    switch self {
    case .request, .wait, .openWait: true
    case .note, .tracerEnded: false
    }
  }

  /// Whether it is a line of a tracer's own log.
  var isLogLine: Bool {
    if case .note(.log, _) = self { true } else { false }
  }
}

/// What came of a line.
enum LineOutcome {
  /// It told one thing, as nearly every line does.
  case sight(Sight)
  /// It told several.
  case sights([Sight])
  /// It is of a kind that the format is known to have, and of no use here.
  case passed
  /// It was not understood.
  case unparsed
}

extension LineOutcome {
  /// What it told; `nil` if it told nothing.
  var all: [Sight]? {
    switch self {
    case .sight(let sight): [sight]
    case .sights(let sights): sights
    case .passed, .unparsed: nil
    }
  }
}
