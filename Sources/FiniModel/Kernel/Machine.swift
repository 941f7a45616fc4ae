/// A machine that a log may come from, with the numbers that differ from one to the next.
///
/// This tool itself traces on x86-64 alone. Logs come from all machines that CRIU runs on.
package enum Machine: CaseIterable, Hashable, Sendable {
  case x86_64
  case i386
  case arm
  case arm64
  case riscv64
  case loongarch64
  case ppc64
  case s390x
  case mips
  case mips64
  case alpha
  case sparc64

  /// The number of rt_sigreturn(2), from the kernel's table of the machine.
  package var rtSigreturn: UInt64 {
    switch self {
    case .x86_64: SyscallNumber.rtSigreturn
    case .i386, .arm, .s390x: SyscallNumber.rtSigreturn32
    case .arm64, .riscv64, .loongarch64: SyscallNumber.rtSigreturnARM
    case .ppc64: 172
    case .mips: 4193
    case .mips64: 5211
    case .alpha: 351
    case .sparc64: 101
    }
  }

  /// The number of sigreturn(2), which handlers without `SA_SIGINFO` return by; `nil` where there is none.
  package var sigreturn: UInt64? {
    switch self {
    case .i386, .arm, .s390x, .ppc64: SyscallNumber.sigreturn32
    case .mips: 4119
    case .alpha: 103
    case .sparc64: 216
    case .x86_64, .arm64, .riscv64, .loongarch64, .mips64: nil
    }
  }

  /// Whether a number is one by which a handler returns there.
  package func isSigreturn(_ number: UInt64) -> Bool {
    number == rtSigreturn || number == sigreturn
  }

  /// The machines on which a tracer waits for this number when it waits for rt_sigreturn, as in `required is 139`.
  package static func all(whoseSigreturnIs number: UInt64) -> [Machine] {
    allCases.filter { $0.rtSigreturn == number || $0.sigreturn == number }
  }

  /// The name of a system call; `nil` for a number that is not in the list.
  ///
  /// Only of x86-64 the list is long. Of the others it has what a parasite, a restorer and a blocked task call.
  package func syscallName(_ number: UInt64) -> String? {
    if number == rtSigreturn { return "rt_sigreturn" }
    if let sigreturn, number == sigreturn { return "sigreturn" }
    return switch self {
    case .x86_64: SyscallNumber.name(number)
    case .arm64, .riscv64, .loongarch64: Machine.generic[number]
    case .i386: Machine.i386Names[number] ?? Machine.common32[number]
    case .arm: Machine.armNames[number] ?? Machine.common32[number]
    case .ppc64, .s390x: Machine.common32[number]
    case .mips, .mips64, .alpha, .sparc64: nil
    }
  }

  /// asm-generic/unistd.h.
  private static let generic: [UInt64: String] = [
    19: "eventfd2", 20: "epoll_create1", 21: "epoll_ctl", 22: "epoll_pwait", 25: "fcntl",
    29: "ioctl", 35: "unlinkat",
    56: "openat", 57: "close", 62: "lseek", 63: "read", 64: "write", 65: "readv", 66: "writev",
    72: "pselect6",
    73: "ppoll", 75: "vmsplice", 93: "exit", 94: "exit_group", 95: "waitid", 96: "set_tid_address",
    98: "futex",
    99: "set_robust_list", 100: "get_robust_list", 101: "nanosleep", 115: "clock_nanosleep",
    117: "ptrace",
    124: "sched_yield", 128: "restart_syscall", 129: "kill", 130: "tkill", 131: "tgkill",
    132: "sigaltstack",
    133: "rt_sigsuspend", 134: "rt_sigaction", 135: "rt_sigprocmask", 136: "rt_sigpending",
    137: "rt_sigtimedwait",
    138: "rt_sigqueueinfo", 139: "rt_sigreturn", 167: "prctl", 172: "getpid", 173: "getppid",
    178: "gettid",
    198: "socket", 200: "bind", 202: "accept", 203: "connect", 206: "sendto", 207: "recvfrom",
    211: "sendmsg",
    212: "recvmsg", 214: "brk", 215: "munmap", 216: "mremap", 220: "clone", 221: "execve",
    222: "mmap",
    226: "mprotect", 240: "rt_tgsigqueueinfo", 242: "accept4", 260: "wait4", 279: "memfd_create",
    293: "rseq",
    435: "clone3",
  ]

  /// Numbers that the older 32-bit tables share: of i386, arm, ppc64 and s390x.
  private static let common32: [UInt64: String] = [
    1: "exit", 3: "read", 4: "write", 5: "open", 6: "close", 20: "getpid", 26: "ptrace", 37: "kill",
    45: "brk",
    54: "ioctl", 55: "fcntl", 91: "munmap", 114: "wait4", 125: "mprotect",
  ]

  private static let i386Names: [UInt64: String] = [
    0: "restart_syscall", 2: "fork", 7: "waitpid", 8: "creat", 9: "link", 10: "unlink",
    11: "execve", 12: "chdir", 13: "time", 14: "mknod", 15: "chmod", 19: "lseek", 21: "mount",
    23: "setuid", 24: "getuid", 25: "stime", 27: "alarm", 29: "pause", 33: "access", 38: "rename",
    39: "mkdir", 40: "rmdir", 41: "dup", 42: "pipe", 43: "times", 46: "setgid", 47: "getgid",
    48: "signal", 49: "geteuid", 57: "setpgid", 60: "umask", 61: "chroot", 62: "ustat",
    63: "dup2", 64: "getppid", 66: "setsid", 67: "sigaction", 75: "setrlimit", 90: "mmap",
    102: "socketcall", 120: "clone", 122: "uname", 162: "nanosleep", 168: "poll", 172: "prctl",
    174: "rt_sigaction",
    175: "rt_sigprocmask", 192: "mmap2", 221: "fcntl64", 224: "gettid", 238: "tkill", 240: "futex",
    252: "exit_group", 270: "tgkill",
    362: "connect", 370: "sendmsg", 372: "recvmsg",
  ]

  private static let armNames: [UInt64: String] = [
    0: "restart_syscall", 162: "nanosleep", 168: "poll", 172: "prctl", 174: "rt_sigaction",
    175: "rt_sigprocmask",
    192: "mmap2", 224: "gettid", 238: "tkill", 240: "futex", 248: "exit_group", 268: "tgkill",
    281: "socket",
    283: "connect", 296: "sendmsg", 297: "recvmsg",
  ]
}
