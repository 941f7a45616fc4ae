import ArgumentParser
import Glibc

/// The command line: parses arguments, wires the rooms, chooses exit statuses.
@main
struct FiniTrace: ParsableCommand {
  static let version = "0.1.0"
  static let configuration = CommandConfiguration(
    commandName: "fini-trace",
    abstract: "Record how a parasite leaves a live process, and say whether it left no trace.",
    discussion: """
      A file holds many runs. It is named by -o or by FINI_TRACE_DB and is fini-trace.db in the \
      working directory otherwise. RUN is a number or "last".

      Exit status: 0 good; 1 it failed, or the answer is no; 2 can't tell; 64 wrong usage.
      """,
    version: "fini-trace \(version)",
    subcommands: [
      Record.self, Import.self, Repair.self, List.self, Show.self, Check.self, Explain.self,
      Compare.self, SQL.self,
      DoctorCommand.self,
      Bench.self,
    ])

  static func main() {
    // A reader that leaves (show | head) is no reason to die by a signal with half a line out.
    signal(SIGPIPE, SIG_IGN)
    self.main(nil)
  }
}

/// An error that has been told in one line, and its exit status.
struct Failure: Error {
  var message: String
  var status: Int32 = 1
}

/// Runs a command's body and turns what it throws into one line and an exit status.
func reporting(_ body: () throws -> Void) throws {
  do {
    try body()
  } catch let failure as Failure {
    Message.write(failure.message)
    throw ExitCode(failure.status)
  } catch let status as ExitCode {
    throw status
  } catch let refusal as any CustomStringConvertible {
    Message.write(refusal.description)
    throw ExitCode(1)
  }
}
