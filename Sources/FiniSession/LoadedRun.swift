package import FiniModel
package import FiniStore
package import FiniTimeline

/// A run of one task, read and understood: a whole run, or one task of a tree.
package struct LoadedRun {
  /// The run, as the file lists it.
  package let summary: RunSummary
  /// Its events, with what they were judged to prove; they are judged now if that is not stored.
  package let timeline: Timeline
  /// The task, where the run is of a tree.
  private var cure: TaskCure?
  /// The names of the tasks, where another tracer's run is read.
  private var names: [TaskID: String] = [:]

  /// Loads a run of one task, or one task of another tracer's run.
  ///
  /// - Throws: `StoreError`, or ``SessionError`` if the run has no such task.
  package init(_ selection: RunSelection, in file: TraceFile, task: TaskID? = nil) throws {
    try self.init(try file.run(selection), in: file, task: task)
  }

  /// The same of a run that was looked up.
  package init(_ summary: RunSummary, in file: TraceFile, task: TaskID? = nil) throws {
    let events = try file.events(of: summary.number)
    if let task { try summary.require(task, among: Subjects(in: events).all) }
    let subject = summary.knownSubject(task)
    let stored = summary.isAbout(task) ? try file.judged(of: summary.number).values.first : nil
    self.init(
      summary,
      Timeline(
        reading: events, subject: subject, start: summary.firstEntered,
        judgement: stored?.judgement))
    names = try file.names(of: summary)
  }

  /// Loads one task of a run, also of a tree.
  ///
  /// - Parameter task: of a tree it must be named.
  /// - Throws: `StoreError`, or ``SessionError`` if there is no such task, or if it has no events.
  package static func of(
    _ summary: RunSummary, in file: TraceFile, task: TaskID?
  ) throws -> LoadedRun {
    guard summary.isTree else { return try LoadedRun(summary, in: file, task: task) }
    guard let task else { throw SessionError.treeOfTasks(run: summary.number) }
    let tree = try LoadedTree(summary, in: file)
    let cures = try tree.tasks([task])
    for cure in cures {
      if let run = try tree.run(of: cure) { return run }
    }
    throw tree.withoutEvents(cures[0])
  }

  /// A run of one task that was judged already.
  package init(_ summary: RunSummary, _ timeline: Timeline) {
    self.summary = summary
    self.timeline = timeline
  }

  init(_ summary: RunSummary, _ cure: TaskCure, _ timeline: Timeline) {
    self.init(summary, timeline)
    self.cure = cure
  }

  /// What went wrong in the run.
  package func explanation(in file: TraceFile) throws(StoreError) -> Explanation {
    Explanation(
      of: timeline, texts: try file.texts(of: summary.number), isOpen: !summary.isFinished)
  }

  /// What the events prove of the run, in the place of what is stored with it.
  package var header: RunHeader {
    var header = RunHeader(
      summary,
      RunJudge.Outcome(
        subject: timeline.subject, judged: timeline.judged, strategySeen: timeline.strategySeen),
      names: names)
    if let cure { header.take(cure) }
    return header
  }
}

extension RunHeader {
  /// What is stored with a run; no event is read.
  package init(_ run: RunSummary) {
    let task = run.subject ?? run.tracee
    self.init(
      number: run.number, pid: task.task, comm: task.name, source: run.source.name,
      strategyAsked: run.strategyAsked, strategyTaken: run.strategyTaken,
      startedRealtime: run.startedRealtime, eventCount: Int64(run.eventCount),
      // A run that ended without a verdict has no task that could be judged.
      verdict: run.verdict ?? (run.isFinished && !run.isTree ? nil : .unfinished),
      frozen: run.frozen, isFinished: run.isFinished, lost: run.lost)
    isAbandoned = run.state == .unfinished
    commandLine = run.commandLine
    host = run.host
    tracerVersion = run.tracerVersion
  }

  /// What the events prove, in the place of what is stored.
  ///
  /// - Parameter names: those of the tasks, where another tracer's run is read.
  init(_ run: RunSummary, _ outcome: RunJudge.Outcome, names: [TaskID: String]) {
    self.init(run)
    verdict = outcome.judged.judgement.verdict
    frozen = outcome.judged.costs.frozen
    guard run.source != .engine else { return }
    strategyTaken = outcome.strategySeen
    if let subject = outcome.subject, subject != pid {
      pid = subject
      comm = names[subject] ?? ""
    }
  }

  /// Makes it the header of one task of a tree.
  mutating func take(_ cure: TaskCure) {
    pid = cure.identity.task
    comm = cure.identity.name
    strategyTaken = cure.end?.strategyTaken
  }
}

extension RunSummary {
  /// Whether the judgement that may be stored with the run is on this task; on the run's own without one.
  func isAbout(_ task: TaskID?) -> Bool { task == nil || task == (subject ?? tracee).task }

  /// The task that is to be judged, as far as that is known without the events.
  ///
  /// - Parameter task: the one that was asked for.
  func knownSubject(_ task: TaskID?) -> TaskID? {
    // What another tracer did may begin and end with other tasks. One that was recorded without a
    // process is about what it traced.
    task ?? (source.watchesOneTask && tracee.task.rawValue > 0 ? tracee.task : nil)
  }

  /// That the run has no such event.
  func without(event: UInt32) -> SessionError {
    .noSuchEvent(event, run: number, last: eventCount)
  }

  /// Refuses a task that is not in the run.
  func require(_ task: TaskID, among tracees: [TraceeVerdict]) throws(SessionError) {
    if task == tracee.task { return }
    if source == .engine { throw .otherTask(tracee.task, run: number) }
    guard tracees.contains(where: { $0.task == task }) else {
      throw .noSuchTracee(task, run: number)
    }
  }
}

extension TraceeVerdict {
  /// Whether it reached fini beside the run's own task.
  func isOther(than subject: TaskID?) -> Bool { task != subject && hasFini && !isProbe }
}

extension TraceFile {
  /// The names of the tasks of another tracer's run.
  func names(of run: RunSummary) throws(StoreError) -> [TaskID: String] {
    var names: [TaskID: String] = [:]
    guard run.source != .engine else { return names }
    for task in try tasks(of: run.number) { names[task.task] = task.name }
    return names
  }

  /// The headers of all runs, as they are stored; no event is read.
  package func headers() throws(StoreError) -> [RunHeader] {
    var headers: [RunHeader] = []
    for run in try runs() {
      if run.isTree {
        headers.append(try LoadedTree(run, in: self).header)
      } else {
        headers.append(RunHeader(run))
      }
    }
    return headers
  }
}
