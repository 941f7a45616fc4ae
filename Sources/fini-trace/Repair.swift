import ArgumentParser
import FiniEngine
import FiniModel
import FiniProcfs
import FiniPtrace
import FiniRender
import FiniStore
import FiniTimeline
import Glibc

/// `fini-trace repair`
struct Repair: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Take away what a recorder that was killed left in a process.",
    discussion: """
      Looks for the parasite's memory, for a bridge, and for a breakpoint that is still armed. Where \
      that breakpoint was set is taken from the recording, if there is one. A process without \
      leftovers is stopped for a moment and let go.
      """)

  @Argument(help: "The process (or one thread of it).")
  var pid: String

  @OptionGroup var file: FileOption

  func run() throws {
    try reporting {
      let facts = try Victims.examine(pid)
      Tracer.blockSignals(interrupts: true)
      var hasDone = false
      var hasFailed = false
      for facts in try threads(of: facts) {
        let report = try repair(facts, armed: recordedBreakpoint(of: facts.identity))
        hasDone = hasDone || report.hasDone
        hasFailed = hasFailed || report.failure != nil || !report.leftBehind.isEmpty
        tell(report, facts.task)
      }
      if !hasDone, !hasFailed { print("\(facts.task): nothing to repair") }
      if hasFailed { throw ExitCode(1) }
    }
  }

  /// The task; with the leader's number all threads, because debug registers are each thread's own.
  private func threads(of facts: TaskFacts) throws -> [TaskFacts] {
    guard facts.task == facts.process else { return [facts] }
    let others = ProcFile.tasks(of: facts.process).filter { $0 != facts.task }
    // One that has ended meanwhile has nothing left to repair.
    return [facts]
      + others.compactMap {
        try? TaskFacts(examining: $0, ourselves: TaskID(getpid()))
      }
  }

  private func repair(_ facts: TaskFacts, armed: RemoteAddress?) throws -> RepairReport {
    let outcome = PtraceThread.runBlocking { () -> Swift.Result<RepairReport, CureError> in
      do throws(CureError) {
        let options = CureOptions(strategy: .direct, interrupts: true)
        return .success(try Cure(of: facts, options: options).repair(armed: armed))
      } catch {
        return .failure(error)
      }
    }
    do { return try outcome.get() } catch {
      throw Failure(message: Recording.explain(error, of: facts.task))
    }
  }

  /// Where the last run of this very task that has no end left a breakpoint armed.
  private func recordedBreakpoint(of identity: TaskIdentity) -> RemoteAddress? {
    guard let file = try? TraceFile.openForReading(self.file.path), let runs = try? file.runs()
    else { return nil }
    for run in runs.reversed() where !run.isFinished && run.tracee.task == identity.task {
      guard run.tracee.startTicks == identity.startTicks,
        let loaded = try? LoadedRun(.number(run.number), in: file)
      else { continue }
      if let span = loaded.timeline.breakpoints.last, span.disarmed == nil { return span.address }
    }
    return nil
  }

  private func tell(_ report: RepairReport, _ task: TaskID) {
    if let address = report.disarmed { print("\(task): breakpoint at \(address) disarmed") }
    if let region = report.unmapped {
      print("\(task): \(region.byteCount) bytes of the parasite at \(region.start) unmapped")
    }
    if report.bridges > 0 {
      print("\(task): \(report.bridges) \(report.bridges == 1 ? "bridge" : "bridges") taken away")
    }
    for item in report.leftBehind {
      Message.write("task \(task): \(item.name) could not be put back")
    }
    if let failure = report.failure { Message.write(Recording.explain(failure, of: task)) }
  }
}
