import ArgumentParser
import FiniRender
import FiniSession
import FiniStore

/// `fini-trace list`
struct List: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "The runs of a file.")

  @OptionGroup var file: FileOption
  @OptionGroup var output: ReportOptions

  func run() throws {
    let headers = try TraceFile.openForReading(file.path).headers()
    output.write(RunList(headers))
  }
}
