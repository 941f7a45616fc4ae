/// Options of a tracee, the `PTRACE_O_*` words; see PTRACE_SETOPTIONS in ptrace(2).
package struct TraceOptions: OptionSet, Hashable, Sendable {
  /// The word.
  package var rawValue: UInt64

  /// Wraps a word.
  package init(rawValue: UInt64) { self.rawValue = rawValue }
  /// A literal, without the generic calls of `SetAlgebra`: they take 50 us the first time, which
  /// may be while a task is stopped.
  package init(arrayLiteral elements: TraceOptions...) {
    rawValue = elements.reduce(0) { $0 | $1.rawValue }
  }

  /// Syscall-stops can be told from other SIGTRAPs: `PTRACE_O_TRACESYSGOOD`.
  package static let marksSyscalls = TraceOptions(rawValue: 1)
  /// Tasks that it makes by clone(2) are traced from their start, unless the call asks for SIGCHLD
  /// or waits as vfork(2) does: `PTRACE_O_TRACECLONE`.
  package static let followsClones = TraceOptions(rawValue: 1 << 3)
  /// It stops in execve(2), before the first instruction of the new program: `PTRACE_O_TRACEEXEC`.
  package static let stopsAtExec = TraceOptions(rawValue: 1 << 4)
  /// Its seccomp filters are not run while it is traced: `PTRACE_O_SUSPEND_SECCOMP`.
  package static let suspendsSeccomp = TraceOptions(rawValue: 1 << 21)
}
