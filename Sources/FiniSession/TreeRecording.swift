package import FiniEngine
package import FiniModel
internal import FiniProcfs
internal import FiniPtrace
package import FiniStore
internal import FiniTimeline
internal import Glibc

/// One run for all tasks below a process.
package struct TreeRecording {
  /// What came of it.
  package struct Result {
    /// The run, each task judged.
    package var tree: LoadedTree
    /// What the engine says.
    package var report: TreeResult

    /// Whether at least one task was cured, and all others were or had ended.
    package func isGood() throws(StoreError) -> Bool {
      let reading = try tree.reading()
      return report.tasks.allSatisfy { $0.outcome.isGood } && reading.count(.cured) > 0
    }
  }

  private let root: TaskIdentity
  private let options: TreeOptions

  /// Identifies the root; nothing is touched.
  ///
  /// - Throws: why its tree can't be begun at all.
  package init(below task: TaskID, options: TreeOptions) throws(SessionError) {
    self.options = options
    let process: TaskID
    do throws(Refusal) {
      process = try TreeCure.process(toBeginWith: task, ourselves: TaskID(getpid()))
    } catch {
      throw .refused(error)
    }
    guard let root = try? TaskIdentity(reading: process) else {
      throw .refused(.noSuchProcess(task))
    }
    self.root = root
  }

  /// Cures the tasks, one after the other.
  ///
  /// - Throws: `StoreError`; no task is left traced then.
  package func make(in book: RunBook) throws -> Result {
    let (root, options) = (root, options)
    let tracer = PtraceThread.runBlocking { Tracer.currentTask }
    let recorder = try book.open(
      RunBook.Subject(
        source: .engine, tracer: try TaskIdentity(reading: tracer), tracee: root,
        strategyAsked: options.cure.strategy, isTree: true))
    let file = book.file
    let (report, judged, failure) = PtraceThread.runBlocking {
      () -> (TreeResult, [Int64: JudgedTask], StoreError?) in
      let sink = TreeRecorder(recorder, file)
      let report = TreeCure(
        below: root, ourselves: TaskID(getpid()), options: options, recordingTo: sink
      ).run()
      sink.endLateCures()
      return (report, sink.judged, sink.failure)
    }
    if let failure { throw failure }
    let tree = try book.end(tree: recorder, judged: judged) { reading in
      ([reading.sentence] + [report.leftAlone].compactMap { $0 }).joined(separator: "; ")
        + (report.wasInterrupted ? "; interrupted" : report.wasOverdue ? "; timed out" : "")
    }
    return Result(tree: tree, report: report)
  }
}
