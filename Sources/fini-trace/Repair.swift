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
      let mending = Mending(path: self.file.path)
      var hasDone = false
      var hasFailed = false
      for facts in try threads(of: facts) {
        let report = try mending.mend(facts)
        hasDone = hasDone || report.hasDone
        hasFailed = hasFailed || report.failure != nil || !report.leftBehind.isEmpty
        for line in Mending.lines(of: report, facts.task) { print(line) }
        for line in Mending.complaints(of: report, facts.task) { Message.write(line) }
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
}
