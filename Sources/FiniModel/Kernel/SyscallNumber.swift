/// Numbers of system calls of x86-64 that this tool makes or knows, from asm/unistd_64.h.
package enum SyscallNumber {
  /// `close`.
  package static let close: UInt64 = 3
  /// `mmap`.
  package static let mmap: UInt64 = 9
  /// `munmap`.
  package static let munmap: UInt64 = 11
  /// `rt_sigaction`.
  package static let rtSigaction: UInt64 = 13
  /// `rt_sigreturn`.
  package static let rtSigreturn: UInt64 = 15
  /// `socketpair`.
  package static let socketpair: UInt64 = 53
  /// `wait4`.
  package static let wait4: UInt64 = 61
  /// `kill`.
  package static let kill: UInt64 = 62
  /// `ptrace`.
  package static let ptrace: UInt64 = 101
  /// `rt_sigqueueinfo`.
  package static let rtSigqueueinfo: UInt64 = 129
  /// `tkill`.
  package static let tkill: UInt64 = 200
  /// `restart_syscall`.
  package static let restartSyscall: UInt64 = 219
  /// `tgkill`.
  package static let tgkill: UInt64 = 234
  /// `waitid`.
  package static let waitid: UInt64 = 247
  /// `rt_tgsigqueueinfo`.
  package static let rtTgsigqueueinfo: UInt64 = 297
  /// `memfd_create`.
  package static let memfdCreate: UInt64 = 319

  /// `rt_sigreturn` of i386. On x86-64 it is ioperm(2).
  package static let rtSigreturn32: UInt64 = 173
  /// `sigreturn` of i386, for handlers without `SA_SIGINFO`. On x86-64 it is setresgid(2).
  package static let sigreturn32: UInt64 = 119
  /// `rt_sigreturn` of arm64.
  package static let rtSigreturnARM: UInt64 = 139
}
