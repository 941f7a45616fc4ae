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
