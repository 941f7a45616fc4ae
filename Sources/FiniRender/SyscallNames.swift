internal import FiniModel

/// Names of the system calls that turn up in a cure, by their x86-64 numbers.
enum SyscallNames {
  static func name(_ number: UInt64) -> String {
    switch number {
    case 0: "read"
    case 1: "write"
    case 3: "close"
    case 7: "poll"
    case 9: "mmap"
    case 10: "mprotect"
    case 11: "munmap"
    case 13: "rt_sigaction"
    case 14: "rt_sigprocmask"
    case SyscallNumber.rtSigreturn: "rt_sigreturn"
    case 41: "socket"
    case 42: "connect"
    case 44: "sendto"
    case 45: "recvfrom"
    case 46: "sendmsg"
    case 47: "recvmsg"
    case 53: "socketpair"
    case 60: "exit"
    case 129: "rt_sigqueueinfo"
    case 186: "gettid"
    case 231: "exit_group"
    case 297: "rt_tgsigqueueinfo"
    case 319: "memfd_create"
    // No task's table gives this number another meaning that is likely here; x86-64 has ioperm.
    case SyscallNumber.rtSigreturn32: "173 (rt_sigreturn of i386)"
    default: "\(number)"
    }
  }
}
