/// Numbers of system calls of x86-64 that this tool makes or knows, from asm/unistd_64.h.
public enum SyscallNumber {
  /// `close`.
  public static let close: UInt64 = 3
  /// `mmap`.
  public static let mmap: UInt64 = 9
  /// `munmap`.
  public static let munmap: UInt64 = 11
  /// `rt_sigreturn`.
  public static let rtSigreturn: UInt64 = 15
  /// `socketpair`.
  public static let socketpair: UInt64 = 53
  /// `wait4`.
  public static let wait4: UInt64 = 61
  /// `kill`.
  public static let kill: UInt64 = 62
  /// `ptrace`.
  public static let ptrace: UInt64 = 101
  /// `rt_sigqueueinfo`.
  public static let rtSigqueueinfo: UInt64 = 129
  /// `tkill`.
  public static let tkill: UInt64 = 200
  /// `restart_syscall`.
  public static let restartSyscall: UInt64 = 219
  /// `tgkill`.
  public static let tgkill: UInt64 = 234
  /// `waitid`.
  public static let waitid: UInt64 = 247
  /// `rt_tgsigqueueinfo`.
  public static let rtTgsigqueueinfo: UInt64 = 297
  /// `memfd_create`.
  public static let memfdCreate: UInt64 = 319

  /// `rt_sigreturn` of i386. On x86-64 it is ioperm(2).
  public static let rtSigreturn32: UInt64 = 173
  /// `sigreturn` of i386, for handlers without `SA_SIGINFO`. On x86-64 it is setresgid(2).
  public static let sigreturn32: UInt64 = 119
  /// `rt_sigreturn` of arm64.
  public static let rtSigreturnARM: UInt64 = 139
}
