import ArgumentParser
import FiniImporters
import FiniRender
import FiniSession
import FiniStore

/// `fini-trace import`
struct Import: Checked {
  static let configuration = CommandConfiguration(
    abstract: "Turn other tools' logs of one run into a recording.",
    usage: """
      fini-trace import <file> ... [--format <format>] [--into <run>]
          [--anyway] [<options>]
      """,
    discussion: HelpText.import)

  @Argument(help: "The logs.") var files: [String]
  @Option(help: "What wrote them; found out by itself when left out.") var format: LineFormat?
  @Option(help: "The run that they are put into: its number, or last.") var into: RunSelection?
  @Flag(help: "Join logs that have no event and no process in common.") var anyway = false
  @OptionGroup var file: FileOption
  @OptionGroup var output: ReportOptions

  var mistakes: [Mistake] { [output.mistake] }

  func run() throws {
    var progress = ShownProgress()
    let result = try Importing.run(
      files, format: format, demand: anyway ? .none : .common, into: into, in: file.path,
      progress: { progress.show($0) })
    output.write(CheckReport(result.run.answer))
    for summary in result.inputs { Message.write(.imported(summary)) }
  }
}
