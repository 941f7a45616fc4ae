internal import FiniCatalogue
internal import FiniModel
internal import FiniProof

/// What the rules ask a run about.
struct CaseReading {
  let timeline: Timeline
  let texts: [UInt32: String]
  /// The lines of logs, in order.
  let lines: [(event: Event, record: LogRecord)]
  /// How far the tracer came, what was refused to it, and its end.
  let tracer: TracerHistory
  /// The tasks that were traced.
  let subjects: Subjects
  /// What the tracer did not put back in the task.
  let remnants: [Remnant]
  /// The lines of logs, with their messages.
  let told: [ToldLine]

  init(_ timeline: Timeline, texts: [UInt32: String]) {
    self.timeline = timeline
    self.texts = texts
    var lines: [(event: Event, record: LogRecord)] = []
    var rests: [UInt32: String] = [:]
    for event in timeline.events {
      switch event.payload {
      case .log(let record): lines.append((event, record))
      case .unparsed(let number):
        guard let last = lines.last, last.event.sequence + 1 == event.sequence,
          last.record.line + 1 == number
        else { continue }
        rests[last.event.sequence] = texts[event.sequence]
      default: break
      }
    }
    subjects = timeline.whole?.subjects ?? Subjects(in: timeline.events)
    remnants = timeline.account.remnants(timeline.facts)
    // A message is read only where it may be needed: of a long log, its errors and what stands just before them.
    var needed: Set<UInt32> = []
    var near: [UInt32] = []
    for (event, record) in lines {
      near.append(event.sequence)
      if near.count > 4 { near.removeFirst() }
      if record.severity == .error { needed.formUnion(near) }
    }
    let isShort = lines.count <= 400
    let told = lines.compactMap { line -> ToldLine? in
      guard isShort || needed.contains(line.event.sequence) else { return nil }
      let sequence = line.event.sequence
      return ToldLine(line.event, line.record, text: texts[sequence], next: rests[sequence])
    }
    let foreign = CaseReading.ofOtherRuns(told, rests)
    self.told = told.filter { !foreign.contains($0.event.sequence) }
    self.lines = lines.filter { !foreign.contains($0.event.sequence) }
    tracer =
      foreign.isEmpty
      ? timeline.whole?.tracer ?? TracerHistory(of: timeline.events)
      : TracerHistory(of: timeline.events.filter { !foreign.contains($0.sequence) })
  }

  /// The wait for the first stop of a task, where it told of none and the tracer ended after it.
  var overdueStop: TracerHistory.VainWait? {
    guard account.firstStop == nil, account.taken != nil, tracer.end != nil, !endedWell else {
      return nil
    }
    return tracer.vainWait
  }

  /// A line with its message.
  func told(_ event: Event) -> ToldLine? { told.first { $0.event.sequence == event.sequence } }

  /// Whether the log is one of a restore: there is no infection in it, and its tasks are the tracer's children.
  var isRestore: Bool {
    if line({ $0 == .restoreBegins }) != nil { return true }
    return told.contains {
      $0.match?.entry.side == .restore || $0.message.text.hasPrefix("Restoring ")
        || $0.message.file?.hasSuffix("cr-restore.c") ?? false
    }
  }

  /// Whether a line of the log has a mark of CRIU's own: a time or a place. Words alone may be of any program.
  var isLogOfCRIU: Bool {
    told.contains { $0.message.time != nil || $0.message.file != nil }
      || line({ $0 == .failed || $0 == .finished }) != nil
  }

  /// Whether the log is one of `criu check`: there is no dump and no restore in it.
  var isCheck: Bool { told.contains { $0.message.file?.hasSuffix("cr-check.c") ?? false } }

  /// Whether the tracer did more than seize after a refusal: it did not fail by that.
  func wentOn(after event: Event) -> Bool {
    for (other, record) in lines where other.sequence > event.sequence {
      switch record.fact {
      case .awaitsDaemon, .daemonServes, .commandSent, .syscallAt, .waitsForTrap, .leaving,
        .trapped:
        return true
      default: break
      }
    }
    return events.contains {
      guard $0.sequence > event.sequence, $0.tracee != event.tracee,
        case .request(let call) = $0.payload
      else { return false }
      return call.error == nil && call.request.kind == .registersWritten
    }
  }

  /// The errors that the log ends with, in order: one long before them was survived.
  var lastErrors: [ToldLine] {
    let errors = told.filter { $0.record.severity == .error }
    var chain = errors.suffix(1)
    for error in errors.dropLast().reversed() {
      guard let next = chain.first, isShortlyBefore(error, next) else { break }
      // The last words of a run before this one, in the same text.
      if error.record.fact == .failed, chain.contains(where: { $0.record.fact == .failed }) {
        break
      }
      chain.insert(error, at: chain.startIndex)
    }
    return Array(chain)
  }

  /// Whether no more than a few lines of the log are between two of them.
  ///
  /// In a trace the lines of the log stand among the tracer's calls, of which there may be any number: only those
  /// of the log count there (FailedDumpTests.tcp).
  private func isShortlyBefore(_ one: ToldLine, _ other: ToldLine) -> Bool {
    let most = 40
    if one.event.source == .criuLog, other.event.source == .criuLog {
      return other.record.line < one.record.line + UInt32(most)
    }
    return lines.lazy.reversed().drop { $0.event.sequence > other.event.sequence }.prefix(most)
      .contains { $0.event.sequence == one.event.sequence }
  }

  /// Whether it is seen that the tracer failed: its own word, its wrapper's, or the way in which it ended.
  var hasFailed: Bool {
    switch tracer.outcome {
    case .failed: true
    case .killed: !isEndedByUser
    case .succeeded: false
    case .notSeen: told.contains { $0.isFailureOfWrapper }
    }
  }

  /// Whether a signal by which a person ends a program ended the tracer, when it had let go of its tasks.
  var isEndedByUser: Bool {
    guard case .killed(let signal) = tracer.outcome,
      [.interrupt, .terminate, .hangUp, .quit].contains(signal)
    else { return false }
    // It held others beside the one that the run is about.
    return (facts.detached != nil || tracer.hasLetGo && tracer.held.isEmpty)
      && !facts.detachedArmed
  }

  /// The number of the first line that was not understood and has a call of a tracer in it.
  var unreadCall: UInt32? {
    for event in events {
      guard case .unparsed(let line) = event.payload, let text = texts[event.sequence],
        text.contains("ptrace(") || text.contains("wait4(") || text.contains("waitid(")
      else { continue }
      return line
    }
    return nil
  }

  /// The same run, asked of another task.
  init(_ timeline: Timeline, beside other: CaseReading) {
    self.timeline = timeline
    texts = other.texts
    lines = other.lines
    tracer = other.tracer
    subjects = other.subjects
    told = other.told
    remnants = timeline.account.remnants(timeline.facts)
  }

  var events: [Event] { timeline.events }
  var refusals: [TracerHistory.Refusal] { tracer.refusals }
  var facts: FiniLedger { timeline.facts }
  var account: TaskAccount { timeline.account }
  var source: Source? { Timeline.source(of: events) }
  var task: TaskID? { timeline.subject }

  /// The refused request of a child that asked to be traced, or one on a task that the log is also of:
  /// the strace that made the log traces it already.
  var tracedByStrace: TracerHistory.Refusal? {
    guard source == .strace else { return nil }
    return refusals.first {
      guard $0.call.error == .notPermitted else { return false }
      let task = $0.event.tracee
      switch $0.call.request.kind {
      case .traceMe: return true
      case .seize, .attach: return task.rawValue > 0 && tracer.isOfTrace(task)
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

  /// The errors of the log after an event that only pass on that something failed, and refused detaches.
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
    for refusal in refusals where refusal.event.sequence > event.sequence {
      let call = refusal.call
      guard call.error == .noSuchProcess else { continue }
      found.append(
        Evidence(
          event: refusal.event.sequence,
          reason: "\(call.request) = ESRCH: the task is not stopped for this tracer any more"))
    }
    return found.sorted { $0.event < $1.event }
  }

  /// Whether the log shows the parasite at its daemon's work and then leaving, without its tracer's word.
  var parasiteLeftByItself: Bool {
    line { $0 == .daemonServes } != nil && line { $0 == .waitsForTrap } == nil
      && line { if case .leaving = $0 { true } else { false } } != nil
  }

  /// A call on the task that was refused because it is gone, after others that were not.
  var vanished: TracerHistory.Refusal? {
    account.gone.flatMap { gone in refusals.first { $0.event.sequence == gone } }
  }

  /// Whether the run came to an end that its tracer was content with.
  var endedWell: Bool {
    switch tracer.outcome {
    case .succeeded: true
    case .killed: isEndedByUser
    case .failed: false
    // A trace that begins in the middle shows no whole run. A log has its tracer's last word.
    case .notSeen: facts.detached != nil && account.seized != nil && source != .criuLog
    }
  }

  /// Whether the tracer was killed, and the task ended only after it: by what the tracer had left in it.
  var tracerDiedFirst: Bool {
    guard let end = tracer.end, case .killed = end.ending, let ended = facts.ended else {
      return false
    }
    return end.event.sequence < ended
  }

  /// The SIGKILL that a tracer sent to a task.
  func killSent(to task: TaskID?, before end: Event) -> Event? {
    signalSent(.kill, to: task, before: end)
  }

  /// The last request that let a task run, before an event.
  func lastResume(of task: TaskID, before end: Event) -> (event: Event, call: RequestCall)? {
    for event in events.reversed() where event.tracee == task && event.sequence < end.sequence {
      if case .request(let call) = event.payload, call.error == nil, call.request.resumes {
        return (event, call)
      }
    }
    return nil
  }

  /// A signal that a tracer sent to a task.
  func signalSent(_ signal: Signal, to task: TaskID?, before end: Event) -> Event? {
    events.last {
      guard task == nil || $0.tracee == task, $0.sequence < end.sequence,
        case .signal(let record) = $0.payload
      else { return false }
      return record.fate == .generated && record.info.signal == signal
        && record.info.sender == $0.tracer
    }
  }

  /// Whether the tracer ended tasks by SIGKILL when it had cured one: a dump that leaves nothing running does, and the
  /// threads of a process end with it.
  func endedTasksItself(before end: Event) -> Bool {
    killSent(to: nil, before: end) != nil && subjects.all.contains { $0.verdict == .landed }
  }

  /// Whether the task was in its tracer's hands before the trace began: the first thing that is shown of it is a request
  /// that only a stopped task takes.
  var beginsInTheMiddle: Bool {
    guard source == .strace, let task, tracer.taken[task] == nil,
      let first = events.first(where: { $0.tracee == task && $0.kind != .log })
    else { return false }
    guard case .request(let call) = first.payload else { return writesUnreadWord(of: task) }
    return call.error == nil && (call.request.onlyLooks || call.request.changesStoppedTask)
  }

  /// Whether the first word that a tracer wrote into a task is one that it had not read: it did so before the trace began.
  private func writesUnreadWord(of task: TaskID) -> Bool {
    var read: Set<UInt64> = []
    for event in events where event.tracee == task {
      guard case .request(let call) = event.payload, call.error == nil else { continue }
      switch call.request {
      case .peekText, .peekData: read.insert(call.address)
      case .pokeText, .pokeData: return !read.contains(call.address)
      default: break
      }
    }
    return false
  }

  /// Whether a tracer that tried to take hold of tasks was refused each time.
  var isAllRefused: Bool {
    tracer.end != nil && tracer.taken.isEmpty
      && refusals.contains { [.seize, .attach].contains($0.call.request.kind) }
  }

  /// Whether what there is of the run is a trace, and no request and no wait is in it.
  var hasNoCalls: Bool {
    guard let source, source != .engine, source != .criuLog else {
      return false
    }
    return lines.isEmpty && tracer.calls == 0
  }

  /// Whether there is no ptrace call and no line of a log in it.
  var hasNoRequests: Bool {
    guard let source else { return true }
    return source != .engine && source != .criuLog && lines.isEmpty && !tracer.hasRequests
  }

  /// Whether it can show what a tracee stopped for: else that nothing came says nothing.
  var showsStops: Bool { !hasNoRequests && !missesStop }

  /// Whether a stop that the tracer made something of is not shown. That a task which had stopped is let go is the end
  /// of it, whatever it had stopped for.
  var missesStop: Bool { facts.unseenStop != nil && facts.unseenStopKind != .detach }

  /// Whether a fault of a called function's return is how a debugger gets the task back: it lets the
  /// function return to where nothing may be executed, puts the registers back, and goes on.
  func isReturnOfCall(_ stop: StopRecord, at sequence: UInt32) -> Bool {
    if isPlantedReturn(stop, at: sequence) { return true }
    guard endedWell, facts.interrupt == nil, let info = stop.info, info.signal == .segmentation,
      info.code.rawValue == 2, info.address != nil
    else { return false }
    return account.registersWritten.map { $0 > sequence } ?? false
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
}
