internal import FiniModel
internal import FiniProcfs

/// Whether fini-trace may suspend the seccomp filters of its tracee; see `PTRACE_O_SUSPEND_SECCOMP`
/// in ptrace(2).
///
/// Otherwise a filter would see the parasite's system calls, and may kill the process for one of
/// them.
package enum SeccompSuspension: Hashable, Sendable {
  case permitted
  /// fini-trace is under seccomp itself.
  case confined
  /// fini-trace has no CAP_SYS_ADMIN.
  case noCapability
  /// fini-trace has CAP_SYS_ADMIN only in its own user namespace, which does not count.
  case noCapabilityOutside
  /// The kernel was built without CONFIG_CHECKPOINT_RESTORE.
  case notBuilt

  /// What `/proc/self/status` says. Only the kernel can tell ``noCapabilityOutside`` and
  /// ``notBuilt``.
  static func current() -> SeccompSuspension {
    guard let own = try? TaskStatus(parsing: ProcFile.read("/proc/self/status")) else {
      return .permitted
    }
    if own.seccomp != 0 { return .confined }
    let systemAdministration: UInt64 = 1 << 21
    return own.effectiveCapabilities & systemAdministration == 0 ? .noCapability : .permitted
  }

  /// Why a task under seccomp is not touched, and what helps; `nil` if it may be cured.
  var hint: String? {
    switch self {
    case .permitted: nil
    case .confined:
      "it is under seccomp, and so is fini-trace, which may not suspend it then;"
        + " run fini-trace without seccomp"
    case .noCapability:
      "it is under seccomp, which only a tracer with CAP_SYS_ADMIN may suspend; run as root"
    case .noCapabilityOutside:
      "it is under seccomp, which only a tracer with CAP_SYS_ADMIN in the first user namespace may"
        + " suspend; run as root outside of the container"
    case .notBuilt:
      "it is under seccomp, which this kernel can't suspend (CONFIG_CHECKPOINT_RESTORE is not set);"
        + " only processes without seccomp can be cured here"
    }
  }
}
