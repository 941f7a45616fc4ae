import FiniModel
import FiniRender
import FiniStore
import FiniTimeline

/// A run of one task, read and understood: a whole run, or one task of a tree.
struct LoadedRun {
  var summary: RunSummary
  var timeline: Timeline
  /// The task, where the run is of a tree.
  private var cure: TaskCure?

  /// Loads a run; of a tree the task that it was begun with.
  init(_ selection: RunSelection, in file: TraceFile) throws {
    summary = try file.run(selection)
    if summary.isTree, let first = try file.cures(of: summary.number).first {
      cure = first
      timeline = Timeline(
        reading: try file.events(of: first, in: summary.number), subject: first.identity.task)
    } else {
      timeline = Timeline(reading: try file.events(of: summary.number))
    }
  }

  init(_ summary: RunSummary, _ cure: TaskCure, _ timeline: Timeline) {
    self.summary = summary
    self.cure = cure
    self.timeline = timeline
  }

  var header: RunHeader {
    var task = cure?.identity ?? summary.tracee
    // Whom a foreign tracer's run is about shows only when it is read.
    if summary.source != .engine, let subject = timeline.subject, subject != task.task {
      task = TaskIdentity(task: subject, startTicks: nil, name: "")
    }
    return RunHeader(
      number: summary.number, pid: task.task, comm: task.name,
      source: summary.source.name, strategyAsked: summary.strategyAsked,
      strategyTaken: (cure == nil ? summary.strategyTaken : cure?.end?.strategyTaken)
        ?? (summary.source == .engine ? nil : timeline.strategySeen),
      startedRealtime: summary.startedRealtime,
      eventCount: Int64(summary.eventCount), verdict: timeline.judgement.verdict,
      frozen: timeline.costs.frozen, isFinished: summary.isFinished)
  }
}
