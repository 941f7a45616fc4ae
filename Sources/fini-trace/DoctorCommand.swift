import ArgumentParser
import FiniEngine
import FiniModel
import FiniObservers
import FiniPtrace
import FiniRender
import Glibc

/// `fini-trace doctor`
struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "What this machine and this user can do, and what helps where they can't.")

  /// Whether another tracer may be watched from inside the kernel: the program is loaded and taken away.
  private static var bpf: Capability {
    do {
      let observer = try BPFObserver(subject: TaskID(getpid()), ringSize: 1 << 16)
      // No harm up to Linux 6.19; which kernel does it can't be asked.
      let way =
        observer.ways.contains(.byPerf)
        ? "" : ", but not by way of perf: a busy kernel that preempts may skip some events"
      return Capability(
        name: "BPF", state: .ok, finding: "the program loads and attaches" + way, remedy: "")
    } catch {
      return Capability(
        name: "BPF", state: .missing, finding: error.message,
        remedy:
          "record PID -- COMMAND traces the command instead, which shows less; --watch can't be done"
      )
    }
  }

  @OptionGroup var look: StyleOptions
  @Flag(help: "One JSON object a row.") var json = false

  func run() throws {
    Tracer.blockSignals(interrupts: false)
    let capabilities = PtraceThread.runBlocking { Doctor.examine() } + [DoctorCommand.bpf]
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
