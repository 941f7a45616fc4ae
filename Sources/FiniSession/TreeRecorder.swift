internal import FiniEngine
internal import FiniModel
internal import FiniPtrace
internal import FiniStore
internal import FiniTimeline

/// Keeps the events of a tree and judges each task once, when its turn is over.
///
/// A task that has events after its turn is judged a second time, with these.
/// The journal is empty at the beginning of each turn, so that no number of tasks can fill it.
@PtraceThread
final class TreeRecorder: TreeSink {
  private let recorder: Recorder
  private let file: TraceFile
  /// The first error of the file; the tree is not gone on with then.
  private(set) var failure: StoreError?
  /// What the events of each task prove, by its number in the run.
  private(set) var judged: [Int64: JudgedTask] = [:]
  private var turn: TaskCure?
  private var ended: [TaskID: (turn: TaskCure, result: TaskResult)] = [:]
  private let course = Course()

  init(_ recorder: Recorder, _ file: TraceFile) {
    self.recorder = recorder
    self.file = file
  }

  nonisolated func record(_ event: Event) {
    course.take(event)
    recorder.record(event)
  }

  func begin(_ task: TaskIdentity, firstSequence: UInt32) {
    course.current = task.task
    keep { () throws(StoreError) in
      turn = try recorder.beginCure(of: task, firstSequence: firstSequence)
    }
  }

  func leaveOut(_ tasks: [TaskIdentity], reason: String, sequence: UInt32) {
    keep { () throws(StoreError) in
      try recorder.leaveOut(tasks, reason: reason, sequence: sequence)
    }
  }

  func end(_ result: TaskResult) -> Bool {
    course.current = TaskID(0)
    if let turn {
      keep { () throws(StoreError) in try end(turn, result) }
      course.known.insert(result.identity.task)
      ended[result.identity.task] = (turn, result)
    }
    turn = nil
    return failure == nil
  }

  /// Judges anew those that were let go late.
  func endLateCures() {
    for task in course.late {
      guard let (turn, result) = ended[task] else { continue }
      keep { () throws(StoreError) in try end(turn, result) }
    }
  }

  private func end(_ turn: TaskCure, _ result: TaskResult) throws(StoreError) {
    try recorder.flush()
    var end = CureEnd(
      outcome: result.outcome, lastSequence: max(course.last, turn.firstSequence - 1),
      strategyTaken: result.report?.taken, summary: result.reason)
    if let known = try file.judge(turn, in: recorder.run) {
      if result.outcome == .cured { end.summary = known.judgement.summary }
      judged[turn.number] = known
    }
    try recorder.endCure(of: turn.number, with: end, judged: judged[turn.number])
  }

  private func keep(_ body: () throws(StoreError) -> Void) {
    do throws(StoreError) { try body() } catch { failure = failure ?? error }
  }
}

/// Which task has its turn, and which had events after theirs.
///
/// Read and written by the one thread that may call `record`.
private final class Course: @unchecked Sendable {
  var last: UInt32 = 0
  var current = TaskID(0)
  var known: Set<TaskID> = []
  private(set) var late: Set<TaskID> = []

  func take(_ event: Event) {
    last = event.sequence
    if event.tracee != current, known.contains(event.tracee) { late.insert(event.tracee) }
  }
}
