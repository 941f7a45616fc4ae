import FiniEngine
import FiniModel
import FiniPtrace
import FiniStore
import FiniTimeline

/// Takes away what a recorder that was killed left in one task.
struct Mending {
  /// The file where the recording may tell of a breakpoint.
  let path: String

  /// Repairs a task.
  ///
  /// - Parameters:
  ///   - patience: how long a task that is on its way out of the parasite by itself is waited for, in
  ///     nanoseconds.
  ///   - isFresh: whether the recorder was killed just now.
  func mend(
    _ facts: TaskFacts, patience: Int64 = 0, isFresh: Bool = false
  ) throws -> RepairReport {
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
  ) throws -> RepairReport {
    let outcome = PtraceThread.runBlocking { () -> Swift.Result<RepairReport, CureError> in
      do throws(CureError) {
        let options = CureOptions(strategy: .direct, interrupts: true)
        let cure = try Cure(of: facts, options: options)
        return .success(cure.repair(armed: armed, isFresh: isFresh))
      } catch {
        return .failure(error)
      }
    }
    do { return try outcome.get() } catch {
      throw Failure(message: Recording.explain(error, of: facts.task))
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

  /// What a run has of a task; a number alone may belong to somebody else by now.
  private static func timeline(
    of identity: TaskIdentity, in run: RunSummary, of file: TraceFile
  ) throws -> Timeline? {
    func isTheSame(_ other: TaskIdentity) -> Bool {
      other.task == identity.task && other.startTicks == identity.startTicks
    }
    guard run.isTree else {
      return isTheSame(run.tracee) ? try LoadedRun(.number(run.number), in: file).timeline : nil
    }
    let tree = try LoadedTree(run, in: file)
    guard let cure = tree.cures.last(where: { isTheSame($0.identity) }) else { return nil }
    return try tree.run(of: cure)?.timeline
  }

  /// What was done, a line each.
  static func lines(of report: RepairReport, _ task: TaskID) -> [String] {
    var lines: [String] = []
    if let address = report.disarmed { lines.append("\(task): breakpoint at \(address) disarmed") }
    if let region = report.unmapped {
      lines.append("\(task): \(region.byteCount) bytes of the parasite at \(region.start) unmapped")
    }
    if report.dispatches { lines.append("\(task): Syscall User Dispatch switched on again") }
    if report.bridges > 0 {
      let noun = report.bridges == 1 ? "bridge" : "bridges"
      lines.append("\(task): \(report.bridges) \(noun) taken away")
    }
    return lines
  }

  /// What could not be done, a line each.
  static func complaints(of report: RepairReport, _ task: TaskID) -> [String] {
    var lines = report.leftBehind.map { "task \(task): \($0.name) could not be put back" }
    if let failure = report.failure { lines.append(Recording.explain(failure, of: task)) }
    return lines
  }
}
