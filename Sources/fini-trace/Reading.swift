import ArgumentParser
import FiniModel
import FiniRender
import FiniStore
import FiniTimeline

/// `fini-trace list`
struct List: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "The runs of a file.")

  @OptionGroup var file: FileOption
  @OptionGroup var look: StyleOptions
  @Flag(help: "One JSON object a run.") var json = false

  func run() throws {
    try reporting {
      let file = try TraceFile.openForReading(self.file.path)
      let headers = try file.runs().map { run in
        run.isTree
          ? try LoadedTree(run, in: file).header
          : try LoadedRun(.number(run.number), in: file).header
      }
      var output = Output()
      let list = RunList(headers)
      if json { list.writeJSON(to: &output) } else { list.write(to: &output, style: look.style()) }
      output.flush()
    }
  }
}

/// `fini-trace compare`
struct Compare: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Runs side by side: calls, stops, signals, frozen time.")

  @Argument(help: "The runs, two or more.") var runs: [RunArgument]
  @OptionGroup var file: FileOption
  @OptionGroup var look: StyleOptions
  @Flag(help: "Also list what does not differ.") var everything = false
  @Flag(help: "The comparison as JSON.") var json = false

  func run() throws {
    try reporting {
      guard runs.count >= 2 else {
        throw Failure(message: "compare needs two runs; see fini-trace list", status: 64)
      }
      let file = try TraceFile.openForReading(self.file.path)
      let loaded = try runs.map { try LoadedRun($0.selection, in: file) }
      let comparison = Comparison(
        loaded.map { run in
          let strategy = run.summary.strategyTaken ?? run.summary.strategyAsked
          return (
            "\(run.summary.number) \(strategy?.name ?? run.summary.source.name)", run.timeline
          )
        })
      var output = Output()
      let report = ComparisonReport(comparison)
      if json {
        report.writeJSON(to: &output)
      } else {
        report.write(to: &output, style: look.style(), everything: everything)
      }
      output.flush()
    }
  }
}
