package import FiniEngine
package import FiniModel
internal import FiniProcfs
internal import FiniPtrace
internal import FiniStore
internal import FiniTimeline
internal import Glibc

/// Takes away what a recorder that was killed left in one task.
package struct Mending {
  private let path: String

  /// - Parameter path: the file where a recording may tell of a breakpoint.
  package init(recording path: String) { self.path = path }

  /// Repairs a task; with the leader's number all threads, because debug registers are each thread's own.
  ///
  /// Ctrl-C is blocked from then on: it ends what is under way in its own way.
  ///
  /// - Throws: ``SessionError/cure(_:of:)`` if one can't be touched.
  package func mendAll(of facts: TaskFacts) throws(SessionError) -> Mended {
    // Before there is a second thread.
    Recording.blockSignals()
    var mended = Mended(of: facts.task)
    for facts in threads(of: facts) {
      let report = try mend(facts)
      if report.hasFailed {
        mended.outcome = .failed
      } else if report.hasDone, mended.outcome == .clean {
        mended.outcome = .repaired
      }
      mended.done += report.lines(of: facts.task)
      mended.failed += report.complaints(of: facts.task)
    }
    return mended
  }

  private func threads(of facts: TaskFacts) -> [TaskFacts] {
    guard facts.task == facts.process else { return [facts] }
    let others = ProcFile.tasks(of: facts.process).filter { $0 != facts.task }
    // One that has ended meanwhile has nothing left to repair.
    return [facts]
      + others.compactMap { try? TaskFacts(examining: $0, ourselves: TaskID(getpid())) }
  }

  /// Repairs a task.
  ///
  /// - Parameters:
  ///   - patience: how long a task that is on its way out of the parasite by itself is waited for, in
  ///     nanoseconds.
  ///   - isFresh: whether the recorder was killed just now.
  func mend(
    _ facts: TaskFacts, patience: Int64 = 0, isFresh: Bool = false
  ) throws(SessionError) -> RepairReport {
    let armed = recordedBreakpoint(of: facts.identity)
    let end = Tracer.now().rawValue + UInt64(patience)
    while true {
      let report = try attempt(facts, armed: armed, isFresh: isFresh)
      guard case .overdue(.parasite) = report.failure, Tracer.now().rawValue < end else {
        return report
      }
      Tracer.pause(nanoseconds: 5_000_000)
    }
  }

  private func attempt(
    _ facts: TaskFacts, armed: RemoteAddress?, isFresh: Bool
  ) throws(SessionError) -> RepairReport {
    let outcome = PtraceThread.runBlocking { () -> Swift.Result<RepairReport, CureError> in
      do throws(CureError) {
        let options = CureOptions(strategy: .direct, interrupts: true)
        let cure = try Cure(of: facts, options: options)
        return .success(cure.repair(armed: armed, isFresh: isFresh))
      } catch {
        return .failure(error)
      }
    }
    switch outcome {
    case .success(let report): return report
    case .failure(let error): throw .cure(error, of: facts.task)
    }
  }

  /// Where the last recording of this very task that has no end left a breakpoint armed.
  private func recordedBreakpoint(of identity: TaskIdentity) -> RemoteAddress? {
    guard let file = try? TraceFile.openForReading(path), let runs = try? file.runs() else {
      return nil
    }
    for run in runs.reversed() where !run.isFinished {
      guard let timeline = try? Mending.timeline(of: identity, in: run, of: file),
        let span = timeline.breakpoints.last, span.disarmed == nil
      else { continue }
      return span.address
    }
    return nil
  }

  /// What a run has of a task; a number alone may be that of another task by now.
  private static func timeline(
    of identity: TaskIdentity, in run: RunSummary, of file: TraceFile
  ) throws -> Timeline? {
    func isTheSame(_ other: TaskIdentity) -> Bool {
      other.task == identity.task && other.startTicks == identity.startTicks
    }
    guard run.isTree else {
      return isTheSame(run.tracee) ? try LoadedRun(run, in: file).timeline : nil
    }
    let tree = try LoadedTree(run, in: file)
    guard let cure = tree.cures.last(where: { isTheSame($0.identity) }) else { return nil }
    return try tree.run(of: cure)?.timeline
  }
}
