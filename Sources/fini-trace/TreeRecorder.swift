import FiniEngine
import FiniModel
import FiniPtrace
import FiniStore
import FiniTimeline

/// Keeps the events of a tree and judges each task when its turn is over.
///
/// The journal is empty at the beginning of each turn, so that no number of tasks can fill it.
@PtraceThread
final class TreeRecorder: TreeSink {
  private struct Turn {
    var number: Int64
    var identity: TaskIdentity
    var firstSequence: UInt32
  }

  private let recorder: Recorder
  private let file: TraceFile
  /// The first error of the file; the tree is not gone on with then.
  private(set) var failure: StoreError?
  private var turn: Turn?
  private var ended: [TaskID: (turn: Turn, result: TaskResult)] = [:]
  // Read and written by the one thread that may call `record`.
  private nonisolated(unsafe) var last: UInt32 = 0
  private nonisolated(unsafe) var current = TaskID(0)
  /// Tasks that had events after their turn.
  private nonisolated(unsafe) var late: Set<TaskID> = []
  private nonisolated(unsafe) var known: Set<TaskID> = []

  init(_ recorder: Recorder, _ file: TraceFile) {
    self.recorder = recorder
    self.file = file
  }

  nonisolated func record(_ event: Event) {
    last = event.sequence
    if event.tracee != current, known.contains(event.tracee) { late.insert(event.tracee) }
    recorder.record(event)
  }

  func begin(_ task: TaskIdentity, firstSequence: UInt32) {
    current = task.task
    keep { () throws(StoreError) in
      let number = try recorder.beginCure(of: task, firstSequence: firstSequence)
      turn = Turn(number: number, identity: task, firstSequence: firstSequence)
    }
  }

  func leaveOut(_ tasks: [TaskIdentity], reason: String, sequence: UInt32) {
    keep { () throws(StoreError) in
      try recorder.leaveOut(tasks, reason: reason, sequence: sequence)
    }
  }

  func end(_ result: TaskResult) -> Bool {
    current = TaskID(0)
    if let turn {
      keep { () throws(StoreError) in try end(turn, result) }
      known.insert(result.identity.task)
      ended[result.identity.task] = (turn, result)
    }
    turn = nil
    return failure == nil
  }

  /// Judges anew those that were let go late.
  func endLateCures() {
    for task in late {
      guard let (turn, result) = ended[task] else { continue }
      keep { () throws(StoreError) in try end(turn, result) }
    }
  }

  private func end(_ turn: Turn, _ result: TaskResult) throws(StoreError) {
    try recorder.flush()
    let cure = TaskCure(
      number: turn.number, identity: turn.identity, firstSequence: turn.firstSequence)
    let events = try file.events(of: cure, in: recorder.run)
    var end = CureEnd(
      outcome: result.outcome, lastSequence: max(last, turn.firstSequence - 1),
      strategyTaken: result.report?.taken, summary: result.reason)
    if !events.isEmpty {
      let timeline = Timeline(reading: events, subject: turn.identity.task)
      end.verdict = timeline.judgement.verdict
      end.evidence = timeline.judgement.evidence.map { $0.event }
      end.frozen = timeline.costs.frozen
      if result.outcome == .cured { end.summary = timeline.judgement.summary }
    }
    try recorder.endCure(of: turn.number, with: end)
  }

  private func keep(_ body: () throws(StoreError) -> Void) {
    do throws(StoreError) { try body() } catch { failure = failure ?? error }
  }
}
