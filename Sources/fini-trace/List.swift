import ArgumentParser
import FiniRender
import FiniSession
import FiniStore

/// `fini-trace list`
struct List: Checked {
  static let configuration = CommandConfiguration(
    abstract: "The runs of a file.", usage: "fini-trace list [<file>] [--json] [<options>]",
    discussion: HelpText.list)

  @Argument(help: "A recording.") var file: [String] = []
  @OptionGroup var input: InputOption
  @OptionGroup var output: ReportOptions

  var mistakes: [Mistake] { [output.mistake] }

  func run() throws {
    let path = try input.named(file, limit: 0).path
    let headers = try TraceFile.openForReading(path).headers()
    Pager.start()
    output.write(RunList(headers))
  }
}
