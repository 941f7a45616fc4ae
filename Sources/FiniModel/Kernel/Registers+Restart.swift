extension Registers {
  /// What the kernel left in `rax` when a signal or an interrupt broke into a system call.
  public enum Restart: Hashable, Sendable {
    /// Not in a system call, or one that is finished.
    case none
    /// The same call is issued again: `ERESTARTSYS`, `ERESTARTNOINTR`, `ERESTARTNOHAND`.
    case reissue
    /// A call without a timeout that the kernel ends with `EINTR` at any stop, handler or not
    /// (epoll_wait, semop, sigwaitinfo; signal(7), last section): it is issued again as well.
    case reissueWait
    /// The kernel goes on from its restart block: `ERESTART_RESTARTBLOCK` (nanosleep, a futex or
    /// poll with a timeout). rt_sigreturn forgets that block.
    case restartBlock
    /// The kernel has done that already, and the task is about to call restart_syscall(2): a stop came
    /// right behind another one. rt_sigreturn would forget the block here as well.
    case restartReady

    /// Whether the call can't go on once the task has passed rt_sigreturn.
    public var endsAtSigreturn: Bool { self == .restartBlock || self == .restartReady }
  }

  /// How the interrupted system call goes on.
  public var restart: Restart {
    guard Int64(bitPattern: self[.origRAX]) >= 0 else { return .none }
    switch Int64(bitPattern: self[.rax]) {
    case -512, -513, -514: return .reissue
    case -4 where waitsWithoutTimeout: return .reissueWait
    case -516: return .restartBlock
    // A call that gives this number as its result looks the same, and nothing is lost by care.
    case Int64(SyscallNumber.restartSyscall): return .restartReady
    default: return .none
    }
  }

  /// Whether the call can't go on once the task has passed rt_sigreturn.
  ///
  /// - Parameter instruction: the two bytes at the program counter, read only if they matter. In 32-bit
  ///   code restart_syscall(2) has the number 0, which is what every other call returns as well; only where
  ///   the task is about to make a call (`int $0x80`) can it be meant.
  public func endsAtSigreturn(at instruction: @autoclosure () -> UInt16?) -> Bool {
    restart.endsAtSigreturn
      || isCompat && self[.rax] == 0 && Int64(bitPattern: self[.origRAX]) >= 0
        && instruction() == 0x80cd
  }

  /// Whether the call is one that any stop ends with `EINTR`, and waits for ever.
  ///
  /// With a timeout it would start anew from its full length: then `EINTR` is the smaller lie.
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

  /// The same by the numbers of i386, whose arguments are in ebx, ecx, edx, esi, edi and ebp.
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

  /// The registers that a sigframe must hold so that the task goes on as if never interrupted.
  ///
  /// The kernel rewinds an interrupted call only on its own way out of a stop, and rt_sigreturn
  /// marks the task as being in no call; so the rewinding is done here. A call with a restart
  /// block can only be given `EINTR`: the engine writes the registers itself in that case.
  public var forSigframe: Registers {
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

  /// The registers with which an interrupted wait goes on without restart_syscall(2), which a filter of the
  /// task forbids.
  ///
  /// A futex wait with a bitset has an absolute timeout: it is issued again, and nothing is lost. Of the others
  /// only the kernel knows how much time is left: `EINTR`, as after a handler.
  public var withoutRestartCall: Registers {
    guard restart.endsAtSigreturn else { return self }
    var registers = self
    let isReady = restart == .restartReady
    if waitsUntilFixedTime {
      // Once rewound the instruction lies ahead; else the kernel rewinds, unless a handler runs.
      registers[.rax] = isReady ? registers[.origRAX] : UInt64(bitPattern: -514)
    } else {
      registers[.rax] = UInt64(bitPattern: -4)
      registers[.rip] = registers[.rip] &+ (isReady ? 2 : 0)
    }
    if isReady || !waitsUntilFixedTime { registers[.origRAX] = UInt64.max }
    return registers
  }

  /// Whether the task goes on with `EINTR`.
  public var isInterrupted: Bool { Int64(bitPattern: self[.rax]) == -4 }

  /// Whether it is futex(2) with `FUTEX_WAIT_BITSET`.
  private var waitsUntilFixedTime: Bool {
    let call = self[.origRAX]
    let operation = (isCompat ? self[.rcx] : self[.rsi]) & 0x7f
    return operation == 9 && (isCompat ? call == 240 || call == 422 : call == 202)
  }

  /// The registers with which the kernel itself decides about a wait that any stop ends with `EINTR`:
  /// it is issued again if no handler runs, and fails with `EINTR` if one does (`ERESTARTNOHAND`).
  ///
  /// Nobody can be late with that: whatever signal comes before the task runs is seen by the kernel.
  public var waitingUnlessHandled: Registers {
    guard restart == .reissueWait else { return self }
    var registers = self
    registers[.rax] = UInt64(bitPattern: -514)
    return registers
  }

  /// The registers that differ after rt_sigreturn from those that the sigframe held.
  ///
  /// rt_sigreturn takes neither segment bases nor the data segments from the frame, they stay as
  /// they were, so all 27 words are compared. RF (bit 16) is set by a breakpoint and by nothing
  /// that the task can see.
  public func differencesAfterSigreturn(from saved: Registers) -> [Name] {
    comparable.differences(from: saved.forSigframe.comparable)
  }

  /// Whether ``differencesAfterSigreturn(from:)`` would be empty; allocates nothing, because it is
  /// asked between a stop and its resume.
  public func isRestored(from saved: Registers) -> Bool {
    comparable == saved.forSigframe.comparable
  }

  private var comparable: Registers { meetingBreakpoints }

  /// Whether rt_sigreturn gave these back for the saved ones, in one of the ways to treat an
  /// interrupted system call: issued again, ended with EINTR, or left as it was.
  public func isGivenBack(from saved: Registers) -> Bool {
    func comparable(_ registers: Registers) -> Registers {
      var registers = registers
      // RF is set by a breakpoint; the last six words are not seen from inside the kernel.
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
