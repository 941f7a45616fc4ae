internal import FiniModel
internal import FiniProof

/// Judges one task by its events, in one pass.
///
/// No event is kept: what a verdict's words need is noted when the event passes.
struct TaskJudge: Sendable {
  /// The task; `nil` for what no task is known to have, as a loss.
  let subject: TaskID?
  /// What fini showed.
  private(set) var machine: CureMachine
  /// What the events tell of the task beside its fini.
  private(set) var account: TaskAccount
  /// The task's signals.
  private(set) var signals = SignalReader()
  /// The phases so far.
  private(set) var phases: [PhaseSpan] = []
  /// What is kept of the events that prove something.
  private(set) var notes = ProofNotes()
  /// All calls and stops.
  private(set) var counts = ProofNotes.Counts()
  /// When the task's first stop was reported.
  private(set) var firstStop: Instant?

  /// Whether all that the tracer did to the task is here: what it left is told then.
  private let isAudited: Bool
  private var phaseMachine = PhaseMachine()
  /// When the wait returned whose stop is not told yet.
  private var waited: Instant?
  private var looks = 0

  init(of subject: TaskID?, source: Source) {
    self.subject = subject
    machine = CureMachine(source: source)
    account = TaskAccount(source: source)
    isAudited = source.watchesOneTask
  }

  /// The judge of a task that comes later: what was lost before may have been its own.
  init(of subject: TaskID, after unnamed: TaskJudge) {
    self.init(copy: unnamed, of: subject)
  }

  private init(copy other: TaskJudge, of subject: TaskID) {
    self.subject = subject
    machine = other.machine
    account = other.account
    isAudited = other.isAudited
    notes = other.notes
  }

  /// What the tracer left in the task for sure.
  ///
  /// A source that does not show all that was done to the task may lack the unmapping of memory, or what became of a
  /// signal; a word, registers or a mask that were written last are what the task was left with.
  var remnants: [Finding] {
    guard account.isLetGo else { return [] }
    return account.remnants(machine.ledger).filter { remnant in
      guard remnant.isSure else { return false }
      switch remnant.what {
      case .word, .registers, .changedRegister, .pastBreakpoint, .extendedState, .call,
        .skippedCall, .mask, .wideMask, .unreadState, .unreadBytes:
        return true
      case .mapping(_, _, let isHeld): return isAudited || isHeld
      case .signal, .handlers: return isAudited
      }
    }
    .map { Finding($0) }
  }

  /// The harm that the tracer did to the task, where the run is about another one.
  var harmBeside: [Finding] {
    guard let subject else { return [] }
    var found = remnants
    if let detached = machine.ledger.detached, machine.ledger.detachedArmed {
      found.append(
        Finding(
          kind: .detachedArmed, event: detached, sentence: "let go with the breakpoint armed"))
    }
    for index in found.indices {
      found[index].sentence = "task \(subject): " + found[index].sentence
    }
    return found
  }

  mutating func noteStep() { machine.noteStep() }

  /// Whether an event is the task's, or may be.
  func concerns(_ event: Event) -> Bool { TaskJudge.concerns(event, subject) }

  /// Whether an event is a task's, or may be.
  static func concerns(_ event: Event, _ subject: TaskID?) -> Bool {
    switch event.payload {
    // What was lost may have been the subject's.
    case .gap: true
    // A line of a log that names no task is of the task that it is about.
    case .log where event.tracee.rawValue == 0: true
    default: event.tracee == subject
    }
  }

  /// Takes the next event of the run.
  mutating func observe(_ event: Event) {
    let isOwn = concerns(event)
    if isOwn {
      if let next = phase(beginningAt: event) {
        phases.append(PhaseSpan(phase: next, beginning: event))
      }
      if let last = phases.indices.last { phases[last].add(event) }
    }
    var proves = false
    if case .ended = event.payload { proves = observeEnd(event) }
    if let subject, let ending = event.reportedEnd(of: subject) {
      proves = machine.observe(reported: ending, at: event.sequence)
    }
    if isOwn {
      account.observe(event)
      if machine.observe(event) { proves = true }
      signals.observe(event)
    }
    let pairing = isOwn ? pair(event) : nil
    if proves { note(event, pairing) }
    guard event.tracee == subject else { return }
    switch event.payload {
    case .request, .wait: counts.calls += 1
    case .stop: counts.stops += 1
    default: break
    }
  }

  /// Takes a line that may be of any task, later: all that it does is that a phase lasts until there.
  mutating func observe(line sequence: UInt32, left: Instant) {
    guard let last = phases.indices.last, phases[last].last < sequence else { return }
    phases[last].last = sequence
    if left > phases[last].left { phases[last].left = left }
  }

  private mutating func observeEnd(_ event: Event) -> Bool {
    let proves = machine.observeEnd(of: event.tracee, at: event.sequence)
    if let end = machine.tracerEnded { account.observeTracerEnd(at: end) }
    // A tracer that was traced has one end: told as something that happened to itself.
    if isAudited, !machine.showsOwnSigreturn, event.tracee == event.tracer {
      account.observeTracerEnd(at: event.sequence)
    }
    return proves
  }

  /// The phase that begins with an event. In a recording of ours a phase that is told is not believed;
  /// in that of another tracer it was found with what came after it in view.
  private mutating func phase(beginningAt event: Event) -> Phase? {
    switch machine {
    case .own: return phaseMachine.observe(event)
    case .tracer, .log:
      guard case .phase(let phase) = event.payload else { return nil }
      return phase
    }
  }

  /// The wait of a stop: when it returned, and what was read since.
  private mutating func pair(_ event: Event) -> (waited: Instant, looks: Int)? {
    switch event.payload {
    case .request(let call) where call.error == nil:
      if call.request.resumes || call.request == .interrupt {
        waited = nil
      } else if waited != nil {
        looks += 1
      }
    case .wait(let call) where call.result > 0:
      waited = event.left
      looks = 0
    case .stop:
      defer { waited = nil }
      firstStop = firstStop ?? waited ?? event.entered
      return waited.map { ($0, looks) }
    default: break
    }
    return nil
  }

  private mutating func note(_ event: Event, _ pairing: (waited: Instant, looks: Int)?) {
    let note = ProofNotes.Note(
      sequence: event.sequence, entered: event.entered, left: pairing?.waited ?? event.left,
      isCall: event.isCall && event.tracee == subject,
      isStop: event.kind == .stop && event.tracee == subject,
      before: counts, looks: pairing?.looks ?? 0)
    let machine = machine
    notes.add(note) { machine.needs($0) }
  }
}

// MARK: The end

extension TaskJudge {
  /// What is kept of the task.
  ///
  /// - Parameter course: what the run showed beside it.
  func judged(_ course: RunCourse) -> JudgedTask {
    let judgement = Judge(task: self, course: course).judgement
    var moments: [UInt32: Instant] = [:]
    for evidence in judgement.evidence {
      moments[evidence.event] = notes[evidence.event]?.entered
    }
    return JudgedTask(
      judgement: judgement, costs: costs, phases: phases, signals: signals.histories,
      moments: moments, events: course.events, blob: account.memory.blob,
      isLetGo: machine.ledger.detached != nil)
  }

  /// What was done to the task, counted.
  var costs: Costs {
    var costs = Costs()
    costs.calls = counts.calls
    costs.stops = counts.stops
    costs.signals = signals.histories.count
    let ledger = machine.ledger
    if let firstStop, let end = ledger.detached.flatMap({ notes[$0] }) {
      costs.frozen = end.left - firstStop
    }
    costs.fini = fini(ledger)
    return costs
  }

  private func fini(_ ledger: FiniLedger) -> FiniWindow? {
    guard let first = ledger.interrupt, let last = closing(ledger), first < last,
      let begin = notes[first], let end = notes[last]
    else { return nil }
    // What was read at the closing stop before that was told is not counted.
    let calls = end.before.calls - begin.before.calls + (end.isCall ? 1 : 0) - end.looks
    let stops = end.before.stops - begin.before.stops + (end.isStop ? 1 : 0)
    return FiniWindow(
      first: first, last: last, calls: calls, stops: stops, duration: end.left - begin.entered)
  }

  /// The event that closes the window of fini.
  private func closing(_ ledger: FiniLedger) -> UInt32? {
    if ledger.parked || ledger.caught == .direct { return ledger.registersWritten }
    if let exit = ledger.sigreturnExit { return exit }
    // A hit without rt_sigreturn seen after it is complete only where it lies beyond it.
    guard ledger.hit != nil, ledger.sigreturnEntry == nil, ledger.catchesBeyondSigreturn else {
      return nil
    }
    return ledger.disarmed
  }

  /// The way in which the tracer tried to catch the task, as far as it shows; not what it was asked.
  func strategySeen(_ judgement: Judgement) -> FiniStrategy? {
    judgement.strategySeen(machine.ledger)
  }
}

extension Judgement {
  /// The way in which the tracer tried to catch the task: the one that it did, else the breakpoint that it set.
  func strategySeen(_ ledger: FiniLedger) -> FiniStrategy? {
    if let caught { return caught }
    return ledger.addressPoked != nil && ledger.interrupt != nil ? .breakpoint : nil
  }
}
