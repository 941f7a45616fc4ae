// A tracer to be killed, and one without rights: both must be processes of their own.
//
//   fini-cure-helper examine PID              says why PID is not touched, or `touchable`
//   fini-cure-helper die PID STRATEGY INDEX   cures PID and kills itself before call INDEX
import FiniEngine
import FiniModel
import FiniPtrace
import FiniTestSupport

Tracer.blockSignals(interrupts: false)
let words = CommandLine.arguments
let task = TaskID(words.count > 2 ? Int32(words[2]) ?? 0 : 0)

do throws(Refusal) {
  let facts = try TaskFacts(examining: task, ourselves: TaskID(Doors.ownProcess))
  if words.count > 4, let strategy = FiniStrategy(name: words[3]), let index = Int(words[4]) {
    print(die(facts, strategy, before: index))
  } else {
    print("touchable")
  }
} catch {
  print(error.message)
}

nonisolated func die(_ facts: TaskFacts, _ strategy: FiniStrategy, before index: Int) -> String {
  PtraceThread.runBlocking { @PtraceThread in
    let options = CureOptions(strategy: strategy) { call in
      if call == index { Doors.kill(Doors.ownProcess, 9) }
    }
    guard let cure = try? Cure(of: facts, options: options) else { return "not begun" }
    return cure.run(recordingTo: nil).isCured ? "cured" : "not cured"
  }
}
