import ArgumentParser
import FiniEngine
import FiniModel
import FiniPtrace
import FiniStore

/// `fini-trace bench`, for tools/bench: many cures of one process, a line of numbers each.
struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Cure a process many times and print what each cure cost.", shouldDisplay: false)

  @Argument var pid: String
  @Option var strategy: FiniStrategy = .breakpoint
  @Option var cures = 100
  @Flag(help: "Alternate: every second cure is recorded into the file.") var record = false
  @OptionGroup var file: FileOption

  func run() throws {
    try reporting {
      Tracer.blockSignals(interrupts: true)
      let file = record ? try TraceFile.openForRecording(self.file.path) : nil
      var output = Output()
      for index in 0..<cures {
        let facts = try Victims.examine(pid)
        let isRecorded = file != nil && index % 2 == 1
        let report: CureReport
        if isRecorded, let file {
          report = try Recording(facts: facts, file: file, options: options).make().report
        } else {
          report = try unrecorded(facts)
        }
        guard report.isCured, let frozen = report.frozen else {
          throw Failure(message: report.failure?.message ?? "the cure left something behind")
        }
        output.write("\(strategy.name) \(isRecorded ? "recorded" : "bare") \(frozen)\n")
      }
      output.flush()
    }
  }

  private var options: CureOptions { CureOptions(strategy: strategy, interrupts: true) }

  private func unrecorded(_ facts: TaskFacts) throws -> CureReport {
    let options = options
    return try PtraceThread.runBlocking { () -> Result<CureReport, CureError> in
      do throws(CureError) {
        return .success(try Cure(of: facts, options: options).run(recordingTo: nil))
      } catch {
        return .failure(error)
      }
    }.get()
  }
}
