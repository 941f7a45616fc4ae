/// A ptrace call: the request and its result.
package struct RequestCall: Hashable, Sendable {
  /// The request.
  package var request: PtraceRequest
  /// The third argument, raw.
  package var address: UInt64
  /// The fourth argument, raw; for a peek, the word that was read.
  package var data: UInt64
  /// The kernel's result: zero or more, or a negated error number.
  package var result: Int64
  /// What was decoded from the memory that the call read or wrote.
  package var detail: Detail

  package init(
    request: PtraceRequest, address: UInt64 = 0, data: UInt64 = 0, result: Int64 = 0,
    detail: Detail = .none
  ) {
    self.request = request
    self.address = address
    self.data = data
    self.result = result
    self.detail = detail
  }

  /// The contents of the memory that a request's pointer points to.
  package enum Detail: Hashable, Sendable {
    /// None, or none that was seen.
    case none
    /// General registers.
    case registers(Registers)
    /// The extended state (`NT_X86_XSTATE`), or the part of it that PTRACE_GETFPREGS moves: its size in bytes and a
    /// 64-bit digest of its bytes, or of the text by which a log shows some of them; `nil` if only the size was seen.
    /// Digests of one source that differ are of different states.
    case extendedState(byteCount: UInt64, digest: UInt64?)
    /// A signal mask.
    case signalSet(SignalSet)
    /// A siginfo.
    case signalInfo(SignalInfo)
    /// What the kernel reported about a syscall-stop.
    case syscall(SyscallInfo)
    /// Where the task has registered its `struct rseq`.
    case sequenceArea(SequenceArea)
    /// General registers of which the source left some out.
    case someRegisters(KnownRegisters)
    /// There was memory, but the source does not have its contents.
    case notSeen
  }

  /// The error, if the call failed.
  package var error: Errno? { Errno(result: result) }

  /// Whether the failure is an answer: ENOENT of `PTRACE_SECCOMP_GET_FILTER` and `PTRACE_SECCOMP_GET_METADATA` says
  /// that the task has no filter of this index. That is how a tracer learns that it has read all filters.
  package var isEndOfFilters: Bool {
    (request == .getFilter || request == .getFilterMetadata) && error == .noEntry
  }

  /// Whether the trace ended before the call returned: ERESTARTSYS, which no ptrace request returns.
  package var isUnreturned: Bool { result == -512 }

  /// The general registers that the call read or wrote, as far as they are known.
  package var knownRegisters: KnownRegisters? {
    switch detail {
    case .registers(let registers): KnownRegisters(registers)
    case .someRegisters(let known): known
    default: nil
    }
  }

  /// The general registers that a request read or wrote, one by one by PEEKUSER and POKEUSER too.
  package var generalRegisters: KnownRegisters? {
    switch request {
    case .peekUser, .pokeUser:
      // `struct user` begins with them.
      guard detail != .notSeen, address % 8 == 0, address < Registers.byteCount else { return nil }
      return Registers.Name(rawValue: Int(address / 8)).map { KnownRegisters($0, data) }
    default: return knownRegisters
    }
  }

  /// Which state a request moves that moves no general registers: a register set, `NT_PRFPREG` for those that have
  /// requests of their own.
  package var stateNumber: UInt64 {
    switch request {
    case .getRegisterSet, .setRegisterSet: address
    default: RegisterSet.floatingPoint
    }
  }

  /// Whether it writes the breakpoint registers of an arm64 task: `NT_ARM_HW_BREAK`. No source
  /// shows the written values. So whether a breakpoint is armed follows from the number of writes.
  package var writesArmBreakpoints: Bool {
    request == .setRegisterSet && address == RegisterSet.armBreakpoints
  }

  /// What it writes into a debug register, if it is a `POKEUSER` of one.
  package var debugRegisterWrite: DebugRegister.Write? {
    guard request == .pokeUser, let number = DebugRegister.number(at: address) else { return nil }
    return DebugRegister.Write(number: number, value: data)
  }
}

/// A wait4 or waitid call.
package struct WaitCall: Hashable, Sendable {
  /// The task waited for, or -1 for any.
  package var target: TaskID
  /// The options, raw.
  package var options: UInt32
  /// The task that was reported; zero for none; or a negated error number.
  package var result: Int64
  /// The status word, if a task was reported.
  package var status: UInt32?
  /// The option of a wait that does not wait: `WNOHANG`.
  package static let noHang: UInt32 = 1

  package init(target: TaskID, options: UInt32, result: Int64, status: UInt32? = nil) {
    self.target = target
    self.options = options
    self.result = result
    self.status = status
  }

  /// The error, if the call failed.
  package var error: Errno? { Errno(result: result) }
}
