import ArgumentParser
import FiniRender
import FiniSession
import Glibc

/// The command line: parses arguments, prints what comes of it, chooses exit statuses.
@main
struct FiniTrace: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fini-trace",
    abstract: "Record how a parasite leaves a live process, and say whether it left no trace.",
    discussion: HelpText.program,
    version: Version.lines,
    subcommands: [
      Record.self, WatchCommand.self, Import.self, Repair.self, List.self, Show.self, Check.self,
      Explain.self, Compare.self, Export.self, MergeCommand.self, BundleCommand.self, SQL.self,
      DoctorCommand.self,
    ])

  // --version comes from the parser; people type this too.
  @Flag(name: .customShort("V"), help: .hidden) var showsVersion = false

  func run() throws {
    guard showsVersion else { throw CleanExit.helpRequest() }
    throw CleanExit.message(FiniTrace.configuration.version)
  }

  static func main() {
    // A reader that leaves (show | head) must not end the program by a signal in the middle of a line.
    signal(SIGPIPE, SIG_IGN)
    do {
      let commands = configuration.subcommands.map { $0._commandName }
      let words = CommandWords(CommandLine.arguments.dropFirst())
      try refuse([words.unknownHelp(commands: commands)])
      var command = try parseAsRoot()
      do {
        // Those that it finds itself the parser tells with the usage.
        try refuse((command as? any Checked)?.mistakes ?? [])
        try command.run()
      } catch { throw told(error) }
    } catch {
      exit(withError: error)
    }
  }

  private static func refuse(_ mistakes: [Mistake]) throws(ExitCode) {
    guard let mistake = mistakes.first(where: { $0.isMade }) else { return }
    throw ExitCode(.usage, because: mistake.message)
  }

  /// The exit status of an error that a command ended with, once it is told in one line.
  private static func told(_ error: any Error) -> any Error {
    switch error {
    // The parser's own errors, of which --help is one, say themselves what they are.
    case is ExitCode, is CleanExit: return error
    case let described as any CustomStringConvertible: Message.write(described.description)
    default: return error
    }
    return ExitCode(ExitStatus(of: error).rawValue)
  }
}

/// A command whose arguments can be wrong in ways that the parser does not find.
///
/// Not its validate(), which is also called for `record --help` (OutputTests).
protocol Checked: ParsableCommand {
  /// What can be wrong, in the order in which it is looked for.
  var mistakes: [Mistake] { get }
}
