import ArgumentParser
import FiniEngine
import FiniRender
import FiniSession

/// `fini-trace doctor`
struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "What this machine and this user can do, and what helps where they can't.")

  @OptionGroup var output: ReportOptions

  func run() throws {
    let capabilities = Machine.examine()
    let rows = capabilities.map { ($0.name, $0.state.rawValue, $0.finding, $0.remedy) }
    output.write(MachineReport(rows))
    if capabilities.contains(where: { $0.state == .failed }) { throw ExitCode(1) }
  }
}
