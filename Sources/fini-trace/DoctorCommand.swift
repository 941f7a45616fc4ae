import ArgumentParser
import FiniEngine
import FiniPtrace
import FiniRender

/// `fini-trace doctor`
struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "What this machine and this user can do, and what helps where they can't.")

  @OptionGroup var look: StyleOptions
  @Flag(help: "One JSON object a row.") var json = false

  func run() throws {
    Tracer.blockSignals(interrupts: false)
    let capabilities = PtraceThread.runBlocking { Doctor.examine() }
    var output = Output()
    if json {
      let encoder = RowJSON(columns: ["name", "state", "finding", "remedy"])
      for row in capabilities {
        encoder.write(
          [.text(row.name), .text(row.state.rawValue), .text(row.finding), .text(row.remedy)],
          to: &output)
      }
    } else {
      var table = TextTable(header: ["", "what", "finding"])
      for row in capabilities {
        table.add([row.state.rawValue, row.name, row.finding])
        if !row.remedy.isEmpty { table.add(["", "", row.remedy]) }
      }
      table.write(to: &output, style: look.style())
    }
    output.flush()
    if capabilities.contains(where: { $0.state == .failed }) { throw ExitCode(1) }
  }
}
