/// How the tracer catches the task around rt_sigreturn; the numbers are part of the schema.
package enum FiniStrategy: UInt8, CaseIterable, Hashable, Sendable {
  /// A hardware breakpoint on the rt_sigreturn instruction inside the blob.
  case breakpoint = 1
  /// A hardware breakpoint on the instruction that rt_sigreturn returns to.
  case breakpointAfter = 2
  /// `PTRACE_SYSCALL` from FINI to the exit of rt_sigreturn.
  case syscall = 3
  /// No rt_sigreturn: the tracer writes the saved registers itself.
  case direct = 4

  /// The name on the command line and in reports.
  package var name: String {
    switch self {
    case .breakpoint: "breakpoint"
    case .breakpointAfter: "breakpoint-after"
    case .syscall: "syscall"
    case .direct: "direct"
    }
  }

  /// Finds a strategy by its ``name``.
  package init?(name: String) {
    guard let strategy = FiniStrategy.allCases.first(where: { $0.name == name }) else {
      return nil
    }
    self = strategy
  }

  /// Whether the strategy needs debug registers.
  package var needsBreakpoints: Bool { self == .breakpoint || self == .breakpointAfter }
}
