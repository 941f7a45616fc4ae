internal import FiniModel
package import FiniProcfs
internal import FiniPtrace

/// One thing that a cure needs, and whether it is here.
package struct Capability: Sendable {
  /// How much depends on it.
  package enum State: String, Sendable {
    /// It is here.
    case ok
    /// Something is done another way without it.
    case missing
    /// No cure works without it.
    case failed
  }

  /// What was examined.
  package var name: String
  /// Whether it is here.
  package var state: State
  /// What was found.
  package var finding: String
  /// What helps, if it is not here.
  package var remedy: String

  package init(name: String, state: State, finding: String, remedy: String) {
    self.name = name
    self.state = state
    self.finding = finding
    self.remedy = remedy
  }
}

/// Finds out what this machine and this user can do.
package enum Doctor {
  /// Checks everything; touches no process but its own children.
  @PtraceThread
  package static func examine() -> [Capability] {
    let own = try? TaskStatus(parsing: ProcFile.read("/proc/self/status"))
    return [
      architecture, kernel(), privilege(OwnRights.current), yama(own), traced(), breakpoints(),
      seccomp(own),
    ]
      + [executableMemory(), extendedState()]
  }

  private static var architecture: Capability {
    #if arch(x86_64)
      Capability(name: "architecture", state: .ok, finding: "x86-64", remedy: "")
    #else
      Capability(
        name: "architecture", state: .failed, finding: "not x86-64",
        remedy: "cure on an x86-64 machine; recordings can be read anywhere")
    #endif
  }

  private static func text(_ path: String) -> String {
    guard let bytes = try? ProcFile.read(path) else { return "" }
    return String(decoding: bytes.prefix { $0 != 0x0a }, as: UTF8.self)
  }

  private static func kernel() -> Capability {
    let release = text("/proc/sys/kernel/osrelease")
    let numbers = release.split { $0 == "." || $0 == "-" }.prefix(2).compactMap { Int($0) }
    // pidfd_getfd came with 5.6, PTRACE_GET_SYSCALL_INFO with 5.3.
    let isEnough = numbers.count == 2 && (numbers[0], numbers[1]) >= (5, 6)
    return Capability(
      name: "kernel", state: isEnough ? .ok : .failed, finding: "Linux " + release,
      remedy: isEnough ? "" : "Linux 5.6 or later is needed, for pidfd_getfd(2)")
  }

  /// What these rights are good for, and what would help (RefusalTests).
  package static func privilege(_ own: OwnRights?) -> Capability {
    guard let own else {
      return Capability(
        name: "privilege", state: .failed, finding: "/proc/self can't be read",
        remedy: "mount /proc")
    }
    let finding: String
    let remedy: String
    switch own.standing {
    case .capable: (finding, remedy) = ("CAP_SYS_PTRACE held", "")
    case .inUserNamespace:
      finding = "in a user namespace"
      remedy =
        "only processes in this namespace can be cured; for others \(OwnRights.namespaceRemedy)"
    case .confinedRoot:
      finding = "CAP_SYS_PTRACE not held"
      remedy = "only processes with no more rights can be cured; \(OwnRights.containerRemedy)"
    case .user:
      finding = "CAP_SYS_PTRACE not held"
      remedy =
        "only your own processes can be cured; for others run as root, or give the program three"
        + " capabilities: setcap cap_sys_ptrace,cap_bpf,cap_perfmon+ep FILE"
    }
    return Capability(
      name: "privilege", state: own.standing == .capable ? .ok : .missing,
      finding: "user \(own.user), \(finding)", remedy: remedy)
  }

  private static func yama(_ own: TaskStatus?) -> Capability {
    let scope = text("/proc/sys/kernel/yama/ptrace_scope")
    let capable = (own?.effectiveCapabilities ?? 0) & (1 << 19) != 0
    let isOpen = scope.isEmpty || scope == "0" || (capable && scope != "3")
    return Capability(
      name: "yama", state: isOpen ? .ok : .failed,
      finding: scope.isEmpty ? "not there" : "ptrace_scope \(scope)",
      remedy: isOpen ? "" : "sysctl kernel.yama.ptrace_scope=0, or run as root")
  }

  private static func traced() -> Capability {
    let tracer = (try? TaskStatus(parsing: ProcFile.read("/proc/self/status")))?.tracer
    guard let tracer, tracer.rawValue != 0 else {
      return Capability(name: "own tracer", state: .ok, finding: "none", remedy: "")
    }
    let name = (try? TaskStatus(of: tracer))?.name ?? "?"
    return Capability(
      name: "own tracer", state: .missing, finding: "traced by \(tracer) (\(name))",
      remedy: "times are not to be trusted while \(name) watches")
  }

  @PtraceThread
  private static func breakpoints() -> Capability {
    let name = "hardware breakpoints"
    guard let tracer = try? Tracer(sink: Nowhere(), interrupts: false) else {
      return Capability(
        name: name, state: .failed, finding: "signalfd(2) is refused",
        remedy: "raise the limit of open files")
    }
    let instead = "strategies breakpoint and breakpoint-after fall back to syscall"
    switch BreakpointProbe.run(by: tracer) {
    case .works:
      return Capability(name: name, state: .ok, finding: "one fired", remedy: "")
    case .silent:
      return Capability(
        name: name, state: .missing, finding: "one was set and did not fire",
        remedy: instead + "; the hypervisor may lack debug virtualization")
    case .refused:
      return Capability(
        name: name, state: .missing, finding: "setting one was refused",
        remedy: instead + "; is ptrace allowed here, are all debug registers taken? "
          + OwnRights.seccompRemedy)
    }
  }

  private static func seccomp(_ own: TaskStatus?) -> Capability {
    let isFiltered = (own?.seccomp ?? 0) != 0
    return Capability(
      name: "seccomp", state: isFiltered ? .missing : .ok,
      finding: isFiltered ? "this process is under seccomp" : "off",
      remedy: isFiltered
        ? "victims under seccomp can't be cured from here; \(OwnRights.seccompRemedy)" : "")
  }

  private static func executableMemory() -> Capability {
    // Even at 2 a memory file can be mapped as code. It only can't be given to execve.
    let value = text("/proc/sys/vm/memfd_noexec")
    return Capability(
      name: "executable memfd", state: .ok,
      finding: value.isEmpty ? "not restricted" : "vm.memfd_noexec \(value)", remedy: "")
  }

  @PtraceThread
  private static func extendedState() -> Capability {
    let state = ExtendedState()
    // A machine without XSAVE has no other registers, so nothing is missing.
    return Capability(
      name: "extended state", state: .ok,
      finding: state.form == .xsave
        ? "XSAVE, areas of up to \(state.layout.byteCount(for: .everything)) bytes"
        : "no XSAVE: x87 and SSE registers, by PTRACE_GETFPREGS",
      remedy: "")
  }

  /// The events of a probe are not recorded: a probe is not a run.
  private final class Nowhere: EventSink {
    func record(_ event: Event) {}
  }
}
