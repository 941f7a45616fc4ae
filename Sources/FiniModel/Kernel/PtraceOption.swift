/// Options of PTRACE_SEIZE and PTRACE_SETOPTIONS, as bits; see ptrace(2).
package enum PtraceOption {
  /// Children of the tracee are traced from their birth: `PTRACE_O_TRACEFORK`, `TRACEVFORK` and `TRACECLONE`.
  package static let children: UInt64 = 0b1110
  /// The kernel kills the tracee when its tracer ends: `PTRACE_O_EXITKILL`.
  package static let exitKill: UInt64 = 1 << 20
  /// The tracee's seccomp filters have no effect while it is traced: `PTRACE_O_SUSPEND_SECCOMP`.
  package static let suspendSeccomp: UInt64 = 1 << 21
}
