import ArgumentParser
import FiniRender
import FiniSession

/// `fini-trace merge`
struct MergeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge", abstract: "Copy the runs of many recordings into one.",
    usage: "fini-trace merge <input> ... -o <file> [--json]",
    discussion: HelpText.merge)

  @Argument(help: ArgumentHelp("Recordings; they stay as they are.", valueName: "input"))
  var inputs: [String]
  @Option(
    name: [.customShort("o"), .customLong("file")], help: "The recording that gets the runs.")
  var file: String
  @Flag(help: "What became of each run, as JSON.") var json = false

  func run() throws {
    Output.write(MergeReport(try Merge(inputs, into: file).run()), asJSON: json)
  }
}
