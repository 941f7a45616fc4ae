import ArgumentParser
import FiniEngine
import FiniModel
import FiniSession

/// For tools/bench: many cures of one process, a line of numbers each.
@main
struct FiniBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fini-bench",
    abstract: "Cure a process many times and print what each cure cost.")

  @Argument var pid: Int32
  @Option var strategy = FiniStrategy.breakpoint.name
  @Option var cures = 100
  @Option(help: "Alternate: every second cure is recorded into this file.") var record: String?

  func run() throws {
    guard let strategy = FiniStrategy(name: strategy) else {
      throw ValidationError("there is no strategy \(strategy)")
    }
    Recording.blockSignals()
    let book = try record.map { try RunBook(recordingTo: $0) }
    let options = CureOptions(strategy: strategy, interrupts: true)
    for index in 0..<cures {
      let facts = try Victims.examine(TaskID(pid))
      let recorded = index % 2 == 1 ? book : nil
      let report =
        try recorded.map { try Recording(of: facts, options: options, in: $0).make().report }
        ?? Recording.cure(facts, options: options, recordingTo: nil).get()
      guard report.isCured, let frozen = report.frozen else {
        print(report.failure?.message ?? "the cure left something in the task")
        throw ExitCode(1)
      }
      print("\(strategy.name) \(recorded == nil ? "bare" : "recorded") \(frozen)")
    }
  }
}
