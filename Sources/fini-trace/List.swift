import ArgumentParser
import FiniRender
import FiniSession
import FiniStore

/// `fini-trace list`
struct List: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "The runs of a file.")

  @OptionGroup var file: FileOption
  @OptionGroup var look: StyleOptions
  @Flag(help: "One JSON object a run.") var json = false

  func run() throws {
    let headers = try TraceFile.openForReading(file.path).headers()
    Output.write(RunList(headers), asJSON: json, look)
  }
}
