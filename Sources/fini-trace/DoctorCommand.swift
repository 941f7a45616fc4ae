import ArgumentParser
import FiniRender
import FiniSession

/// `fini-trace doctor`
struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "What this machine and this user can do, and what helps where they can't.",
    discussion: HelpText.doctor)

  @OptionGroup var output: ReportOptions

  func run() throws {
    let capabilities = Machine.examine()
    let report = MachineReport(Machine.rows(capabilities))
    try output.end(with: report, Machine.status(capabilities))
  }
}
