/// Options of PTRACE_SEIZE and PTRACE_SETOPTIONS, as bits; see ptrace(2).
package enum PtraceOption {
  /// The stops of system calls are told from others: `PTRACE_O_TRACESYSGOOD`.
  package static let systemCalls: UInt64 = 1
  /// A filter that asks its tracer is answered by a stop: `PTRACE_O_TRACESECCOMP`.
  package static let seccomp: UInt64 = 1 << 7
  /// Children of the tracee are traced from their birth: `PTRACE_O_TRACEFORK`, `TRACEVFORK` and `TRACECLONE`.
  package static let children: UInt64 = 0b1110
  /// The kernel kills the tracee when its tracer ends: `PTRACE_O_EXITKILL`.
  package static let exitKill: UInt64 = 1 << 20
  /// The tracee's seccomp filters have no effect while it is traced: `PTRACE_O_SUSPEND_SECCOMP`.
  package static let suspendSeccomp: UInt64 = 1 << 21
}
