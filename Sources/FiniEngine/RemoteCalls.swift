internal import FiniModel
internal import FiniPtrace

/// System calls that the stopped task makes for us, at a `syscall` instruction of its own.
@PtraceThread
struct RemoteCalls {
  /// How the tracer gets the task back after the call.
  enum Mode: Hashable {
    /// One single-step: one stop, a forced SIGTRAP. Only sound while the task neither blocks nor
    /// ignores SIGTRAP: forced upon such a task, the kernel resets its action.
    case step
    /// `PTRACE_SYSCALL` twice: two stops, no signal.
    case trace
  }

  let victim: Victim
  let instruction: RemoteAddress
  var mode: Mode

  /// Number of mmap and the others that the cure needs, from asm/unistd_64.h.
  enum Number {
    static let close: UInt64 = 3
    static let mmap: UInt64 = 9
    static let munmap: UInt64 = 11
    static let socketpair: UInt64 = 53
    static let rtSigqueueinfo: UInt64 = 129
    static let rtTgsigqueueinfo: UInt64 = 297
    static let memfdCreate: UInt64 = 319
  }

  /// Makes a call and returns its raw result.
  ///
  /// - Parameter base: registers to start from; those that the call does not need stay as they are.
  func call(
    _ number: UInt64, _ a: UInt64 = 0, _ b: UInt64 = 0, _ c: UInt64 = 0, _ d: UInt64 = 0,
    _ e: UInt64 = 0, _ f: UInt64 = 0, base: Registers
  ) throws(CureError) -> Int64 {
    try begin(number, a, b, c, d, e, f, base: base)
    switch mode {
    case .step:
      _ = try run(.singleStep, until: .singleStep)
    case .trace:
      _ = try run(.toNextSyscall, until: .syscallEntry)
      _ = try run(.toNextSyscall, until: .syscallExit)
    }
    return try result()
  }

  /// Like ``call(_:_:_:_:_:_:_:base:)``, but `nil` if a signal that must be held came before the
  /// call was made: the call is not made then.
  func callUnlessSignalled(
    _ number: UInt64, _ a: UInt64, _ b: UInt64, base: Registers
  ) throws(CureError) -> Int64? {
    try begin(number, a, b, 0, 0, 0, 0, base: base)
    switch mode {
    case .step:
      guard try run(.singleStep, until: .singleStep, unlessSignalled: true) else { return nil }
    case .trace:
      guard try run(.toNextSyscall, until: .syscallEntry, unlessSignalled: true) else {
        return nil
      }
      _ = try run(.toNextSyscall, until: .syscallExit)
    }
    return try result()
  }

  private func begin(
    _ number: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64, _ d: UInt64, _ e: UInt64,
    _ f: UInt64, base: Registers
  ) throws(CureError) {
    var registers = base
    registers[.rip] = instruction.rawValue
    registers[.rax] = number
    // In no call: else the kernel would rewind rip for a restart of the interrupted one.
    registers[.origRAX] = UInt64.max
    registers[.rdi] = a
    registers[.rsi] = b
    registers[.rdx] = c
    registers[.r10] = d
    registers[.r8] = e
    registers[.r9] = f
    try victim.act { tracee throws(PtraceError) in try tracee.set(registers, by: victim.tracer) }
  }

  private func result() throws(CureError) -> Int64 {
    let after = try victim.act { tracee throws(PtraceError) in
      try tracee.registers(by: victim.tracer)
    }
    return Int64(bitPattern: after[.rax])
  }

  /// Like ``call(_:_:_:_:_:_:_:base:)``, but an error of the call is thrown.
  func checked(
    _ number: UInt64, _ a: UInt64 = 0, _ b: UInt64 = 0, _ c: UInt64 = 0, _ d: UInt64 = 0,
    _ e: UInt64 = 0, _ f: UInt64 = 0, base: Registers
  ) throws(CureError) -> UInt64 {
    let result = try call(number, a, b, c, d, e, f, base: base)
    if let error = Errno(result: result) { throw .remoteSyscall(number: number, error) }
    return UInt64(bitPattern: result)
  }

  /// A fault cannot be held and stepped over: it would come again without end.
  private func refuseFault() throws(CureError) {
    guard victim.stop.stopClass == .signalDelivery, let info = victim.stop.info,
      info.code.rawValue > 0, info.code.rawValue < 0x80,
      info.signal == .segmentation || info.signal == .bus || info.signal == .illegalInstruction
    else { return }
    throw .parasiteCrashed(info)
  }

  /// Lets the task run until the awaited stop, holding what comes in between.
  ///
  /// - Returns: `false` if `unlessSignalled` and a signal came before the instruction.
  private func run(
    _ resumption: Resumption, until wanted: StopClass, unlessSignalled: Bool = false
  ) throws(CureError) -> Bool {
    while true {
      try victim.resume(resumption)
      guard try victim.arrive(.remoteSyscall) == .stop else { throw .overdue(.remoteSyscall) }
      if victim.stop.stopClass == wanted { return true }
      try refuseFault()
      let isHeld = victim.hold()
      // A SIGTRAP that a user sent to this very thread may have come while the call was made; the
      // kernel then drops its own, and only the program counter tells that the step is done.
      if resumption == .singleStep, isHeld, let pc = victim.stop.programCounter, pc != instruction {
        return true
      }
      if unlessSignalled, victim.holdsSignals, victim.stop.programCounter == instruction {
        return false
      }
    }
  }
}
