import FiniModel
import FiniRender
import FiniStore
import FiniTimeline

/// A run of one task, read and understood: a whole run, or one task of a tree.
struct LoadedRun {
  var summary: RunSummary
  var timeline: Timeline
  /// The lines behind events that are lines of a log, where somebody asked for them.
  var texts: [UInt32: String] = [:]
  /// The task, where the run is of a tree.
  private var cure: TaskCure?

  /// The names of the tasks, where they are asked for.
  private var names: [TaskID: String] = [:]

  /// Loads a run of one task, or what a run of another tracer's has of one of its tasks.
  init(_ selection: RunSelection, in file: TraceFile, task: TaskID? = nil) throws {
    summary = try file.run(selection)
    let events = try file.events(of: summary.number)
    if let task { try LoadedRun.require(task, of: summary, in: events) }
    // What another tracer did may begin and end with other tasks. One that was recorded without a
    // process is about what it traced.
    let known = summary.source.watchesOneTask && summary.tracee.task.rawValue > 0
    timeline = Timeline(reading: events, subject: task ?? (known ? summary.tracee.task : nil))
    guard summary.source != .engine else { return }
    for task in try file.tasks(of: summary.number) { names[task.task] = task.name }
  }

  /// A run of one task that was read already.
  init(_ summary: RunSummary, _ timeline: Timeline) {
    self.summary = summary
    self.timeline = timeline
  }

  init(_ summary: RunSummary, _ cure: TaskCure, _ timeline: Timeline) {
    self.summary = summary
    self.cure = cure
    self.timeline = timeline
  }

  /// Whoever asks a run for a task that is not in it is mistaken.
  private static func require(_ task: TaskID, of run: RunSummary, in events: [Event]) throws {
    if task == run.tracee.task { return }
    if run.source == .engine {
      throw Failure(message: "run \(run.number) is of task \(run.tracee.task) alone")
    }
    guard Subjects(in: events).all.contains(where: { $0.task == task }) else {
      throw Failure(message: "nobody traced task \(task) in run \(run.number)")
    }
  }

  /// The other tasks of another tracer's run that came to fini.
  var others: [Subjects.Subject] {
    guard summary.source.watchesOneTask else { return [] }
    return Subjects(in: timeline.events).all.filter {
      $0.task != timeline.subject && $0.hasFini && !$0.isProbe
    }
  }

  var header: RunHeader {
    var task = cure?.identity ?? summary.tracee
    // Whom a foreign tracer's run is about shows only when it is read.
    if summary.source != .engine, let subject = timeline.subject, subject != task.task {
      task = TaskIdentity(task: subject, startTicks: nil, name: names[subject] ?? "")
    }
    return RunHeader(
      number: summary.number, pid: task.task, comm: task.name,
      source: summary.source.name, strategyAsked: summary.strategyAsked,
      strategyTaken: (cure == nil ? summary.strategyTaken : cure?.end?.strategyTaken)
        ?? (summary.source == .engine ? nil : timeline.strategySeen),
      startedRealtime: summary.startedRealtime,
      eventCount: Int64(summary.eventCount), verdict: timeline.judgement.verdict,
      frozen: timeline.costs.frozen, isFinished: summary.isFinished, lost: summary.lost)
  }
}
