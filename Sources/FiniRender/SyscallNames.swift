internal import FiniModel

/// Names of system calls as a report has them.
enum SyscallNames {
  static func name(_ number: UInt64) -> String {
    // No task's table gives this number another meaning that is likely here; x86-64 has ioperm.
    if number == SyscallNumber.rtSigreturn32 { return "173 (rt_sigreturn of i386)" }
    return SyscallNumber.name(number) ?? "\(number)"
  }
}
