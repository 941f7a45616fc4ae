import ArgumentParser
import FiniImporters
import FiniModel
import FiniSession
import Glibc

/// The command line: parses arguments, prints what comes of it, chooses exit statuses.
@main
struct FiniTrace: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fini-trace",
    abstract: "Record how a parasite leaves a live process, and say whether it left no trace.",
    discussion: """
      A file holds many runs. It is named by -o or by FINI_TRACE_DB and is fini-trace.db in the \
      working directory otherwise. RUN is a number or "last".

      Exit status: 0 good; 1 it failed, or the answer is no; 2 can't tell; 64 wrong usage.
      """,
    version: "fini-trace \(Version.number)",
    subcommands: [
      Record.self, Import.self, Repair.self, List.self, Show.self, Check.self, Explain.self,
      Compare.self, SQL.self, DoctorCommand.self,
    ])

  static func main() {
    // A reader that leaves (show | head) must not end the program by a signal in the middle of a line.
    signal(SIGPIPE, SIG_IGN)
    do {
      var command = try parseAsRoot()
      do {
        // Those that it finds itself the parser tells with the usage.
        let mistakes = (command as? any Checked)?.mistakes ?? []
        if let mistake = mistakes.first(where: { $0.isMade }) {
          throw ExitCode(ExitCode.validationFailure.rawValue, because: mistake.message)
        }
        try command.run()
      } catch { throw told(error) }
    } catch {
      exit(withError: error)
    }
  }

  /// The exit status of an error that a command ended with, once it is told in one line.
  private static func told(_ error: any Error) -> any Error {
    switch error {
    // The parser's own errors, of which --help is one, say themselves what they are.
    case is ExitCode, is CleanExit: return error
    case let described as any CustomStringConvertible: Message.write(described.description)
    default: return error
    }
    return ExitCode((error as? SessionError)?.status ?? (error as? ImportError)?.status ?? 1)
  }
}

extension ImportError {
  /// The exit status of a command that ends with it; see sysexits(3).
  var status: Int32 {
    switch self {
    case .sameTwice, .nothingInCommon: 64
    case .failed: 66
    default: 1
    }
  }
}

extension SessionError {
  /// The exit status of a command that ends with it.
  var status: Int32 {
    switch self {
    // As env(1).
    case .commandNotRun(_, let error): error == .noEntry ? 127 : 126
    case .commandNotTraced: 125
    case .ownRun, .runUnderWay, .alreadyInRun: 64
    // Of this task it can't be told whether the stop landed.
    case .noEvents: 2
    default: 1
    }
  }
}

/// A command whose arguments can be wrong in ways that the parser does not find.
///
/// Not its validate(), which is also called for `record --help` (OutputTests).
protocol Checked: ParsableCommand {
  /// A mistake, and the line that tells it.
  typealias Mistake = (isMade: Bool, message: String)

  /// What can be wrong, in the order in which it is looked for.
  var mistakes: [Mistake] { get }
}
