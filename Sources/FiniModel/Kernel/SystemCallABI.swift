/// The table of numbers that a system call uses.
///
/// One process may use several tables: 64-bit code can make i386 calls by `int $0x80`.
package enum SystemCallABI: UInt8, CaseIterable, Hashable, Sendable {
  /// x86-64 (`syscall`).
  case x86_64 = 1
  /// i386 (`int $0x80`, or `sysenter`), also on a 64-bit kernel.
  case i386 = 2
  /// arm64.
  case arm64 = 3

  /// The name in files and reports, as the kernel spells the architecture.
  package var name: String {
    switch self {
    case .x86_64: "x86-64"
    case .i386: "i386"
    case .arm64: "arm64"
    }
  }

  /// The kernel's number for it: `AUDIT_ARCH_*` of linux/audit.h, as in `PTRACE_GET_SYSCALL_INFO`.
  package var auditArchitecture: UInt32 {
    switch self {
    case .x86_64: 0xc000_003e
    case .i386: 0x4000_0003
    case .arm64: 0xc000_00b7
    }
  }

  /// Reads an `AUDIT_ARCH_*` word; `nil` for one that this tool does not know.
  package init?(auditArchitecture: UInt32) {
    // This does not search a list of all cases: it runs between a stop and its resume, and a list
    // is allocated.
    switch auditArchitecture {
    case SystemCallABI.x86_64.auditArchitecture: self = .x86_64
    case SystemCallABI.i386.auditArchitecture: self = .i386
    case SystemCallABI.arm64.auditArchitecture: self = .arm64
    default: return nil
    }
  }

  /// The number of restart_syscall(2), by which the kernel continues an interrupted wait.
  package var restartSyscall: UInt64 {
    switch self {
    case .x86_64: SyscallNumber.restartSyscall
    case .i386: 0
    case .arm64: 128
    }
  }

  /// Whether a call takes the task's state from a sigframe: the end of a signal handler, or of a parasite.
  package func isSigreturn(_ number: UInt64) -> Bool {
    switch self {
    case .x86_64: number == SyscallNumber.rtSigreturn
    case .i386: number == SyscallNumber.rtSigreturn32 || number == SyscallNumber.sigreturn32
    case .arm64: number == SyscallNumber.rtSigreturnARM
    }
  }
}

/// The number of a system call that a task entered, with its table.
package struct CallNumber: Hashable, Sendable {
  /// The number.
  package var number: UInt64
  /// The table of the number; `nil` if that was not seen.
  package var abi: SystemCallABI?

  package init(_ number: UInt64, by abi: SystemCallABI? = nil) {
    self.number = number
    self.abi = abi
  }

  /// Whether the call takes the task's state from a sigframe. Only this property decides it.
  ///
  /// If the table was not seen, 15 and 173 count as rt_sigreturn. 119 and 139 do not: on x86-64
  /// they are setresgid(2), which a restorer calls, and sysfs(2).
  package var isSigreturn: Bool {
    guard let abi else {
      return SystemCallABI.x86_64.isSigreturn(number) || number == SyscallNumber.rtSigreturn32
    }
    return abi.isSigreturn(number)
  }
}

extension Registers {
  /// The table of `orig_rax`: that of the mode in which the task runs.
  ///
  /// This is wrong for `int $0x80` in 64-bit code; `PTRACE_GET_SYSCALL_INFO` is right there too.
  package var abi: SystemCallABI { isCompat ? .i386 : .x86_64 }
}
