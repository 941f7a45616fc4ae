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
    if let task { try LoadedRun.require(task, of: summary, in: events) }
    // What another tracer did may begin and end with other tasks. One that was recorded without a
    // process is about what it traced.
    let known = summary.source.watchesOneTask && summary.tracee.task.rawValue > 0
    let subject = task ?? (known ? summary.tracee.task : nil)
    let stored = summary.isAbout(task) ? try file.judged(of: summary.number).values.first : nil
    self.init(
      summary,
      Timeline(
        reading: events, subject: subject, start: summary.firstEntered,
        judgement: stored?.judgement))
    guard summary.source != .engine else { return }
    for task in try file.tasks(of: summary.number) { names[task.task] = task.name }
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

  /// To ask a run for a task that is not in it is an error.
  private static func require(
    _ task: TaskID, of run: RunSummary, in events: [Event]
  ) throws(SessionError) {
    if task == run.tracee.task { return }
    if run.source == .engine { throw .otherTask(run.tracee.task, run: run.number) }
    guard Subjects(in: events).all.contains(where: { $0.task == task }) else {
      throw .noSuchTracee(task, run: run.number)
    }
  }

  /// The other tasks of another tracer's run that reached fini.
  var others: [TraceeVerdict] {
    guard summary.source.watchesOneTask else { return [] }
    return Subjects(in: timeline.events).all.filter { $0.isOther(than: timeline.subject) }
  }

  /// What the events prove of the run, in the place of what is stored with it.
  package var header: RunHeader {
    var header = RunHeader(summary)
    header.verdict = timeline.judgement.verdict
    header.frozen = timeline.costs.frozen
    if let cure { header.take(cure) }
    guard summary.source != .engine else { return header }
    header.strategyTaken = timeline.strategySeen
    if let subject = timeline.subject, subject != header.pid {
      header.pid = subject
      header.comm = names[subject] ?? ""
    }
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
      // A run that ended without a verdict has too many events to be judged at once.
      verdict: run.verdict ?? (run.isFinished && !run.isTree ? nil : .unfinished),
      frozen: run.frozen, isFinished: run.isFinished, lost: run.lost)
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
}

extension TraceeVerdict {
  /// Whether it reached fini beside the run's own task.
  func isOther(than subject: TaskID?) -> Bool { task != subject && hasFini && !isProbe }
}

extension TraceFile {
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
