internal import FiniModel
internal import FiniProof

/// What the rules ask a run about.
struct CaseReading {
  let timeline: Timeline
  let texts: [UInt32: String]
  /// The lines of logs, in order.
  let lines: [(event: Event, record: LogRecord)]
  /// The calls that failed.
  let refusals: [(event: Event, call: RequestCall)]
  /// The tracer itself ended.
  let tracerEnd: (event: Event, ending: Ending)?
  /// The tasks that were traced.
  let subjects: Subjects
  /// What the tracer did not put back in the task.
  let remnants: [Remnant]

  init(_ timeline: Timeline, texts: [UInt32: String]) {
    self.timeline = timeline
    self.texts = texts
    var lines: [(Event, LogRecord)] = []
    var refusals: [(Event, RequestCall)] = []
    var end: (Event, Ending)?
    for event in timeline.events {
      switch event.payload {
      case .log(let record): lines.append((event, record))
      case .request(let call) where call.error != nil: refusals.append((event, call))
      case .ended(let ending) where event.tracee == event.tracer: end = (event, ending)
      default: break
      }
    }
    self.lines = lines
    self.refusals = refusals
    tracerEnd = end
    subjects = Subjects(in: timeline.events)
    remnants = timeline.account.remnants(timeline.facts)
  }

  var events: [Event] { timeline.events }
  var facts: FiniLedger { timeline.facts }
  var account: TaskAccount { timeline.account }
  var source: Source? { events.first?.source }
  var task: TaskID? { timeline.subject }

  /// The refused request of a child that asked to be traced, or one on a task that the log is also of:
  /// who made the log traces it already.
  var tracedByStrace: (event: Event, call: RequestCall)? {
    guard events.first?.source == .strace else { return nil }
    let watched = Set(events.filter { $0.kind.isCall }.map { $0.tracer })
    return refusals.first { event, call in
      guard call.error == .notPermitted else { return false }
      switch call.request.kind {
      case .traceMe: return true
      case .seize, .attach: return event.tracee.rawValue > 0 && watched.contains(event.tracee)
      default: return false
      }
    }
  }

  /// Whether the tracer took hold of the task, rather than that it asked to be traced.
  var isTaken: Bool { account.taken != nil }

  /// Whether the tracer changed the task's registers or text.
  var isInfected: Bool { account.changed != nil }

  /// The children of its own that the tracer tried something with.
  func isProbe(_ task: TaskID) -> Bool {
    subjects.all.first { $0.task == task }?.isProbe ?? false
  }

  /// The first line that says a thing.
  func line(_ condition: (LogFact) -> Bool) -> (event: Event, record: LogRecord)? {
    lines.first { condition($0.record.fact) }
  }

  /// A line as evidence: its own words, or what it says.
  func evidence(_ event: Event, _ words: String) -> Evidence {
    Evidence(event: event.sequence, reason: quote(event) ?? words)
  }

  /// The task that an event is of, else the one that the run is about, as a sentence names it.
  func name(of event: Event) -> String {
    let found = event.tracee.rawValue > 0 ? event.tracee : task
    return found.map { $0.rawValue > 0 ? "task \($0)" : "the task" } ?? "the task"
  }

  /// The text of a line.
  func quote(_ event: Event) -> String? {
    texts[event.sequence].map { "\"\($0.trimmed)\"" }
  }

  /// The errors of the log behind an event that only pass on that something failed, and refused detaches.
  func consequences(after event: Event) -> [Evidence] {
    var found: [Evidence] = []
    for (other, record) in lines where other.sequence > event.sequence {
      switch record.fact {
      case .stepFailed, .failed: found.append(evidence(other, "a step above failed with it"))
      case .detachRefused(let error):
        found.append(evidence(other, "detach refused\(error.map { ": \($0)" } ?? "")"))
      case .notInjected, .remoteCallFailed, .interrupted:
        found.append(evidence(other, "a call for the tracer failed"))
      default: break
      }
    }
    for (other, call) in refusals where other.sequence > event.sequence {
      guard call.error == .noSuchProcess else { continue }
      found.append(
        Evidence(
          event: other.sequence,
          reason: "\(call.request) = ESRCH: the task is not stopped for this tracer any more"))
    }
    return found.sorted { $0.event < $1.event }
  }

  /// Whether the log shows the parasite at its daemon's work and then leaving, without its tracer's word.
  var parasiteLeftByItself: Bool {
    line { $0 == .daemonServes } != nil && line { $0 == .waitsForTrap } == nil
      && line { if case .leaving = $0 { true } else { false } } != nil
  }

  /// What SIGCHLD told the tracer of the end of a task that no wait told of.
  func reportedEnd(of task: TaskID) -> (event: Event, ending: Ending)? {
    for event in events {
      guard case .signal(let record) = event.payload, record.fate == .delivered,
        record.info.signal == .child, record.info.sender == task, event.tracee != task
      else { continue }
      if let ending = record.info.childStatus?.ending { return (event, ending) }
    }
    return nil
  }

  /// A call on the task that was refused because it is gone, after others that were not.
  var vanished: (event: Event, call: RequestCall)? {
    guard let gone = account.gone, let event = timeline.event(gone),
      case .request(let call) = event.payload
    else { return nil }
    return (event, call)
  }

  /// Whether the run came to an end that its tracer was content with.
  var endedWell: Bool {
    if line({ $0 == .finished }) != nil { return true }
    if line({ $0 == .failed }) != nil { return false }
    if lines.contains(where: { $0.record.severity == .error }) { return false }
    if case .exited(let code)? = tracerEnd?.ending { return code == 0 }
    guard let task, timeline.facts.detached != nil, tracerEnd == nil else { return false }
    // A trace that begins in the middle shows no whole run.
    return events.contains {
      $0.tracee == task && ($0.kind == .seize || $0.kind == .attach)
    }
  }

  /// Whether what there is of the run is a trace, and no request and no wait is in it.
  var hasNoCalls: Bool {
    guard let source = events.first?.source, source != .engine, source != .criuLog else {
      return false
    }
    return lines.isEmpty && events.allSatisfy { !$0.kind.isCall }
  }

  /// Whether nobody in it makes a ptrace call, and no log is in it.
  var hasNoRequests: Bool {
    guard let source = events.first?.source else { return true }
    return source != .engine && source != .criuLog && lines.isEmpty
      && events.allSatisfy { !$0.kind.isRequest }
  }

  /// Whether it can show what a tracee stopped for: else that nothing came says nothing.
  var showsStops: Bool { !hasNoRequests && facts.unseenStop == nil }

  /// Whether a fault of a called function's return is how a debugger gets the task back: it lets the
  /// function return to where nothing may be executed, puts the registers back, and goes on.
  func isReturnOfCall(_ stop: StopRecord, at sequence: UInt32) -> Bool {
    guard endedWell, facts.interrupt == nil, let info = stop.info, info.signal == .segmentation,
      info.code.rawValue == 2, info.address != nil
    else { return false }
    return events.contains {
      guard $0.tracee == task, $0.sequence > sequence, case .request(let call) = $0.payload else {
        return false
      }
      return call.error == nil && call.request.kind == .registersWritten
    }
  }

  /// Whether the log calls something an error that is more than the passing on of another one.
  var hasOwnError: Bool {
    lines.contains {
      guard $0.record.severity == .error else { return false }
      switch $0.record.fact {
      case .failed, .stepFailed, .detachRefused: return false
      default: return true
      }
    }
  }

  /// Whether all that there is of the run is a log, and it tells of a good end.
  var isLogOfSuccess: Bool { subjects.all.isEmpty && line { $0 == .finished } != nil }

  /// A time span as a person writes it.
  static func words(nanoseconds: Int64) -> String {
    let microseconds = Double(nanoseconds) / 1000
    if microseconds < 1000 { return "\(Int(microseconds.rounded())) us" }
    let milliseconds = (microseconds / 100).rounded() / 10
    if milliseconds < 1000 { return "\(milliseconds) ms" }
    return "\((milliseconds / 100).rounded() / 10) s"
  }
}

extension String {
  /// Without blanks at both ends, and no longer than a line of a report should be.
  fileprivate var trimmed: String {
    let text = drop { $0 == " " || $0 == "\t" }
    return text.count > 160 ? String(text.prefix(157)) + "..." : String(text)
  }
}
