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

  /// Loads a run of one task.
  init(_ selection: RunSelection, in file: TraceFile) throws {
    summary = try file.run(selection)
    // What another tracer did may begin and end with other tasks.
    timeline = Timeline(
      reading: try file.events(of: summary.number),
      subject: summary.source.watchesOneTask ? summary.tracee.task : nil)
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

  /// Whoever asks a run of one task for another one is mistaken.
  func requireTask(_ task: TaskID) throws {
    guard task == summary.tracee.task else {
      throw Failure(message: "run \(summary.number) is of task \(summary.tracee.task) alone")
    }
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
