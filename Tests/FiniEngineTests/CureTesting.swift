import FiniEngine
import FiniModel
import FiniProof
import FiniPtrace
import FiniTestSupport

/// A cure with everything that was recorded of it.
struct MadeCure {
  var report: CureReport
  var log: EventLog

  /// The judge's verdict on the recorded events.
  var verdict: Verdict {
    var machine = FiniMachine(strategy: nil)
    for event in log.events { machine.observe(event) }
    return machine.verdict
  }
}

/// Cures a live task.
@PtraceThread
func cure(
  _ victim: Int32, _ strategy: FiniStrategy, deadline: Int64 = 2_000_000_000,
  log: EventLog = EventLog(), beforeCall: (@PtraceThread (Int) -> Void)? = nil
) throws -> MadeCure {
  let facts = try TaskFacts(examining: TaskID(victim), ourselves: TaskID(Doors.ownProcess))
  let options = CureOptions(strategy: strategy, deadline: deadline, beforeCall: beforeCall)
  let cure = try Cure(of: facts, options: options)
  return MadeCure(report: cure.run(recordingTo: log), log: log)
}
