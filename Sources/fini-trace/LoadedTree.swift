import FiniModel
import FiniRender
import FiniStore
import FiniTimeline

/// A run of a tree, read and understood task by task.
struct LoadedTree {
  let summary: RunSummary
  let file: TraceFile
  let cures: [TaskCure]

  init(_ summary: RunSummary, in file: TraceFile) throws {
    self.summary = summary
    self.file = file
    cures = try file.cures(of: summary.number)
  }

  /// Every task judged by its events; those are read one task at a time and not kept.
  func reading() throws -> TreeReading {
    let names = processNames
    return TreeReading(
      try cures.map { cure in
        let events = cure.wasTouched ? try file.events(of: cure, in: summary.number) : []
        return LoadedTree.reading(
          of: cure, processName: names[cure.identity.group ?? cure.identity.task] ?? "", events)
      })
  }

  /// What the file says came of the tasks; nothing is judged again, so it is quick.
  var header: RunHeader {
    RunHeader(
      number: summary.number, pid: summary.tracee.task, comm: summary.tracee.name,
      source: summary.source.name, strategyAsked: summary.strategyAsked,
      strategyTaken: summary.strategyTaken, startedRealtime: summary.startedRealtime,
      eventCount: Int64(summary.eventCount), verdict: summary.verdict ?? .unfinished,
      frozen: cures.compactMap { $0.end?.frozen }.max(), isFinished: summary.isFinished,
      tasks: cures.count, lost: summary.lost)
  }

  private var processNames: [TaskID: String] {
    var names: [TaskID: String] = [:]
    for cure in cures where cure.identity.group == cure.identity.task {
      names[cure.identity.task] = cure.identity.name
    }
    return names
  }

  static func reading(
    of cure: TaskCure, processName: String, _ events: [Event]
  ) -> TaskReading {
    let outcome = cure.end?.outcome
    return TaskReading(
      identity: cure.identity, processName: processName, outcome: outcome,
      reason: outcome == .cured ? "" : cure.end?.summary ?? "",
      strategyTaken: cure.end?.strategyTaken, events: events)
  }

  // MARK: One task

  /// The runs of single tasks that the tree is made of: those with this number, or all.
  func tasks(_ wanted: Set<TaskID>) throws -> [TaskCure] {
    if wanted.isEmpty { return cures }
    let found = cures.filter { wanted.contains($0.identity.task) }
    if let missing = wanted.subtracting(found.map { $0.identity.task }).min() {
      throw Failure(
        message: "run \(summary.number) has no task \(missing);"
          + " fini-trace show \(summary.number) lists its \(cures.count) tasks")
    }
    return found
  }

  /// One task as if it had a run of its own; `nil` if there are no events of it.
  func run(of cure: TaskCure) throws -> LoadedRun? {
    let events = try file.events(of: cure, in: summary.number)
    if events.isEmpty { return nil }
    let timeline = Timeline(
      reading: events, subject: cure.identity.task, start: summary.firstEntered)
    return LoadedRun(summary, cure, timeline)
  }

  /// What became of a task that nothing was done to.
  func sentenceWithoutEvents(of cure: TaskCure) -> String {
    let reason = cure.end?.summary ?? ""
    return "run \(summary.number) has no events of task \(cure.identity.task):"
      + " \(cure.end?.outcome.name ?? "unfinished")" + (reason.isEmpty ? "" : ", \(reason)")
  }
}
