package import FiniEngine
internal import FiniModel
internal import FiniObservers
internal import FiniPtrace
internal import Glibc

/// What this machine and this user can do.
package enum Machine {
  /// Tries it.
  package static func examine() -> [Capability] {
    Tracer.blockSignals(interrupts: false)
    return PtraceThread.runBlocking { Doctor.examine() } + [bpf]
  }

  /// What a command ends with that found this.
  package static func status(_ capabilities: [Capability]) -> ExitStatus {
    capabilities.contains { $0.state == .failed } ? .no : .good
  }

  /// What was found, as a report takes it.
  package static func rows(
    _ capabilities: [Capability] = Machine.examine()
  ) -> [(name: String, state: String, finding: String, remedy: String)] {
    capabilities.map { ($0.name, $0.state.rawValue, $0.finding, $0.remedy) }
  }

  /// Whether another tracer may be watched from inside the kernel: the program is loaded and taken away.
  private static var bpf: Capability {
    do {
      let observer = try BPFObserver(subject: TaskID(getpid()), ringSize: 1 << 16)
      let way =
        observer.isKept || observer.ways.contains(.byPerf)
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
}
