package import FiniEngine
package import FiniModel
internal import FiniProcfs
internal import FiniPtrace
package import FiniStore
package import FiniTimeline

/// One run: a cure, recorded.
package struct Recording {
  /// What came of it.
  package struct Result {
    /// The run, judged.
    package var run: JudgedRun
    /// What the engine says.
    package var report: CureReport

    /// Whether the task was cured, as planned.
    package var isGood: Bool { report.isCured && report.failure == nil && !report.wasInterrupted }
  }

  private let facts: TaskFacts
  private let book: RunBook
  private let options: CureOptions

  /// Gets ready; nothing is touched.
  package init(of facts: TaskFacts, options: CureOptions, in book: RunBook) {
    self.facts = facts
    self.book = book
    self.options = options
  }

  /// Cures the task, and ends the run whatever came of it.
  ///
  /// - Throws: `StoreError`, or ``SessionError/cure(_:of:)`` if the cure could not begin.
  package func make() throws -> Result {
    let moment = RunBook.Moment.now
    let tracer = PtraceThread.runBlocking { Tracer.currentTask }
    let recorder = try book.open(
      RunBook.Subject(
        source: .engine, tracer: try TaskIdentity(reading: tracer), tracee: facts.identity,
        strategyAsked: options.strategy),
      at: moment)
    let outcome = Recording.cure(facts, options: options, recordingTo: recorder)
    let run = try book.end(cure: recorder, taken: (try? outcome.get())?.taken)
    switch outcome {
    case .success(let report): return Result(run: run, report: report)
    case .failure(let error): throw SessionError.cure(error, of: facts.task)
    }
  }

  /// Cures a task on the thread that may trace.
  package static func cure(
    _ facts: TaskFacts, options: CureOptions, recordingTo recorder: Recorder?
  ) -> Swift.Result<CureReport, CureError> {
    PtraceThread.runBlocking {
      do throws(CureError) {
        return .success(try Cure(of: facts, options: options).run(recordingTo: recorder))
      } catch {
        return .failure(error)
      }
    }
  }

  /// Blocks the signals that the tracer reads from a descriptor: before there is a second thread.
  package static func blockSignals() { Tracer.blockSignals(interrupts: true) }

  /// What came of curing the same task twice.
  package enum Both {
    /// Both runs, side by side.
    case compared(ComparedRuns)
    /// The run that went wrong; there is none after it.
    case wentWrong(Result)
  }

  /// Cures the same task twice, by a breakpoint and by tracing system calls, and reads both runs.
  ///
  /// - Throws: as ``make()``.
  package static func makeBoth(
    of task: TaskID, options: CureOptions, in book: RunBook
  ) throws -> Both {
    var runs: [RunSummary] = []
    for strategy in [FiniStrategy.breakpoint, .syscall] {
      var options = options
      options.strategy = strategy
      // The task may have changed since: another cure lies between.
      let facts = try Victims.examine(task)
      let result = try Recording(of: facts, options: options, in: book).make()
      guard result.isGood else { return .wentWrong(result) }
      runs.append(result.run.summary)
    }
    return .compared(try ComparedRuns(runs, everything: false, in: book.file))
  }
}
