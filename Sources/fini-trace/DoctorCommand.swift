import ArgumentParser
import FiniEngine
import FiniRender
import FiniSession

/// `fini-trace doctor`
struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "What this machine and this user can do, and what helps where they can't.")

  @OptionGroup var look: StyleOptions
  @Flag(help: "One JSON object a row.") var json = false

  func run() throws {
    let capabilities = Machine.examine()
    let rows = capabilities.map { ($0.name, $0.state.rawValue, $0.finding, $0.remedy) }
    Output.write(MachineReport(rows), asJSON: json, look)
    if capabilities.contains(where: { $0.state == .failed }) { throw ExitCode(1) }
  }
}
