extension Registers {
  /// What the kernel left in `rax` when a signal or an interrupt stopped a system call.
  package enum Restart: Hashable, Sendable {
    /// Not in a system call, or the call is finished.
    case none
    /// The same call is issued again: `ERESTARTSYS`, `ERESTARTNOINTR`, `ERESTARTNOHAND`.
    case reissue
    /// The call has no timeout, and the kernel ends it with `EINTR` at any stop, with or without a
    /// handler (epoll_wait, semop, sigwaitinfo; signal(7), last section). It is issued again too.
    case reissueWait
    /// The kernel continues from its restart block: `ERESTART_RESTARTBLOCK` (nanosleep, a futex or
    /// poll with a timeout). rt_sigreturn discards that block.
    case restartBlock
    /// The kernel has done that already: the task is about to call restart_syscall(2), because a
    /// stop came directly after another one. rt_sigreturn would discard the block here too.
    case restartReady

    /// Whether the call can't continue after rt_sigreturn.
    package var endsAtSigreturn: Bool { self == .restartBlock || self == .restartReady }
  }

  /// How the interrupted system call continues.
  package var restart: Restart {
    guard Int64(bitPattern: self[.origRAX]) >= 0 else { return .none }
    switch Int64(bitPattern: self[.rax]) {
    case -512, -513, -514: return .reissue
    case -4 where waitsWithoutTimeout: return .reissueWait
    case -516: return .restartBlock
    // A call that returns this number looks the same. It is then treated with unneeded care, which
    // does no harm.
    case Int64(SyscallNumber.restartSyscall): return .restartReady
    default: return .none
    }
  }

  /// Whether the call can't continue after rt_sigreturn.
  ///
  /// - Parameter instruction: the two bytes at the program counter, read only if they matter. In
  ///   32-bit code restart_syscall(2) has the number 0, which is also the result of most calls. So
  ///   it is meant only if the task is about to make a call (`int $0x80`).
  package func endsAtSigreturn(at instruction: @autoclosure () -> UInt16?) -> Bool {
    restart.endsAtSigreturn
      || isCompat && self[.rax] == 0 && Int64(bitPattern: self[.origRAX]) >= 0
        && instruction() == 0x80cd
  }

  /// Whether the call waits without a timeout, and any stop ends it with `EINTR`.
  ///
  /// A call with a timeout would start again with its full length. `EINTR` is the smaller change
  /// then.
  private var waitsWithoutTimeout: Bool {
    if isCompat { return waitsWithoutTimeout32 }
    return switch self[.origRAX] {
    case 232, 281: Int32(truncatingIfNeeded: self[.r10]) < 0  // epoll_wait, epoll_pwait
    case 441: self[.r10] == 0  // epoll_pwait2
    case 65: true  // semop
    case 220: self[.r10] == 0  // semtimedop
    case 128: self[.rdx] == 0  // rt_sigtimedwait
    default: false
    }
  }

  /// The same with the numbers of i386, whose arguments are in ebx, ecx, edx, esi, edi and ebp.
  private var waitsWithoutTimeout32: Bool {
    switch self[.origRAX] {
    case 256, 319: Int32(truncatingIfNeeded: self[.rsi]) < 0  // epoll_wait, epoll_pwait
    case 441: self[.rsi] == 0  // epoll_pwait2
    case 117 where self[.rbx] & 0xffff == 1: true  // ipc: semop
    case 117 where self[.rbx] & 0xffff == 4: self[.rbp] == 0  // ipc: semtimedop
    case 420: self[.rsi] == 0  // semtimedop_time64
    case 177, 421: self[.rdx] == 0  // rt_sigtimedwait, and with time64
    default: false
    }
  }

  /// The registers that a sigframe must have so that the task continues as if it had never been
  /// interrupted.
  ///
  /// The kernel restarts an interrupted call only on its own way out of a stop, and rt_sigreturn
  /// marks the task as being in no call. So the restart is prepared here. A call with a restart
  /// block can only get `EINTR`: for that the engine writes the registers itself.
  package var forSigframe: Registers {
    var registers = self
    switch restart {
    case .none, .restartReady: break
    case .reissue, .reissueWait:
      registers[.rax] = self[.origRAX]
      registers[.rip] = self[.rip] &- 2
    case .restartBlock:
      registers[.rax] = UInt64(bitPattern: -4)
    }
    registers[.origRAX] = UInt64.max
    return registers
  }

  /// The registers with which an interrupted wait continues without restart_syscall(2), which the
  /// task's filter forbids.
  ///
  /// A futex wait with a bitset has an absolute timeout: it is issued again, without any loss. For
  /// the other calls only the kernel knows how much time is left: they get `EINTR`, as after a
  /// handler.
  package var withoutRestartCall: Registers {
    guard restart.endsAtSigreturn else { return self }
    var registers = self
    let isReady = restart == .restartReady
    if waitsUntilFixedTime {
      // After a rewind the program counter is at the call instruction. Otherwise the kernel
      // rewinds, unless a handler runs.
      registers[.rax] = isReady ? registers[.origRAX] : UInt64(bitPattern: -514)
    } else {
      registers[.rax] = UInt64(bitPattern: -4)
      registers[.rip] = registers[.rip] &+ (isReady ? 2 : 0)
    }
    if isReady || !waitsUntilFixedTime { registers[.origRAX] = UInt64.max }
    return registers
  }

  /// Whether the task continues with `EINTR`.
  package var isInterrupted: Bool { Int64(bitPattern: self[.rax]) == -4 }

  /// Whether it is futex(2) with `FUTEX_WAIT_BITSET`.
  private var waitsUntilFixedTime: Bool {
    let call = self[.origRAX]
    let operation = (isCompat ? self[.rcx] : self[.rsi]) & 0x7f
    return operation == 9 && (isCompat ? call == 240 || call == 422 : call == 202)
  }

  /// The registers that let the kernel decide about a wait which any stop ends with `EINTR`: it is
  /// issued again if no handler runs, and fails with `EINTR` if one does (`ERESTARTNOHAND`).
  ///
  /// This has no race: the kernel sees every signal that comes before the task runs.
  package var waitingUnlessHandled: Registers {
    guard restart == .reissueWait else { return self }
    var registers = self
    registers[.rax] = UInt64(bitPattern: -514)
    return registers
  }

  /// The registers that differ after rt_sigreturn from those in the sigframe.
  ///
  /// rt_sigreturn takes neither segment bases nor data segments from the frame; they stay as they
  /// were. So all 27 words are compared. RF (bit 16) is ignored: a breakpoint sets it, and the task
  /// can't see it.
  package func differencesAfterSigreturn(from saved: Registers) -> [Name] {
    comparable.differences(from: saved.forSigframe.comparable)
  }

  /// Whether ``differencesAfterSigreturn(from:)`` would be empty. Allocates nothing: it runs
  /// between a stop and its resume.
  package func isRestored(from saved: Registers) -> Bool {
    comparable == saved.forSigframe.comparable
  }

  private var comparable: Registers { meetingBreakpoints }

  /// Whether rt_sigreturn gave these registers back for the saved ones, with the interrupted system
  /// call issued again, ended with EINTR, or left as it was.
  package func isGivenBack(from saved: Registers) -> Bool {
    func comparable(_ registers: Registers) -> Registers {
      var registers = registers
      // A breakpoint sets RF. The last six words can't be seen from inside the kernel.
      registers[.eflags] &= ~0x10000
      registers[.origRAX] = .max
      for name in [Name.fsBase, .gsBase, .ds, .es, .fs, .gs] { registers[name] = 0 }
      return registers
    }
    let found = comparable(self)
    if found == comparable(saved) || found == comparable(saved.forSigframe) { return true }
    guard saved.restart != .none else { return false }
    var interrupted = saved
    interrupted[.rax] = UInt64(bitPattern: -4)
    return found == comparable(interrupted)
  }
}
