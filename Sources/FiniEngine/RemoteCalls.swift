internal import FiniModel
internal import FiniPtrace

/// System calls that the stopped task makes for the tracer, on a bridge or at an instruction of its
/// own.
///
/// Each is traced with `PTRACE_SYSCALL`: two stops, no signal. A single step would need only one
/// stop. But a tracer that dies leaves the step flag set (docs/Decisions/0010), and the SIGTRAP
/// that the kernel forces on a task that blocks it resets the signal's action.
@PtraceThread
struct RemoteCalls {
  let victim: Victim
  let site: CallSite
  /// Registers to start from; a call changes only those that it needs.
  let base: Registers
  /// The region of the infection. The bridge takes it away if the tracer dies.
  var region: RemoteAddress?
  /// Signals to block once the task can undo the infection without the tracer; `nil` when done.
  var block: SignalSet?

  /// How far the call instruction moves the program counter, in bytes.
  static let instructionLength = 2

  /// Makes a call and returns its raw result.
  mutating func call(_ call: SystemCall) throws(CureError) -> Int64 {
    let at = region == nil ? site.first : site.later
    try begin(call, at: at)
    _ = try run(until: .syscallEntry, from: at)
    _ = try run(until: .syscallExit, from: at)
    return try result()
  }

  /// Takes the region away. Returns `nil` if a signal that must be held came before the call; the
  /// call is not made then.
  mutating func unmap(_ region: RemoteRange) throws(CureError) -> Int64? {
    try begin(.munmap(region), at: site.unmap)
    guard try run(until: .syscallEntry, from: site.unmap, unlessSignalled: true) else { return nil }
    _ = try run(until: .syscallExit, from: site.unmap)
    return try result()
  }

  private mutating func begin(
    _ call: SystemCall, at instruction: RemoteAddress
  ) throws(CureError) {
    var registers = base.inLongMode.withPlainFlags
    registers[.rip] = instruction.rawValue
    if let region { registers[.rbx] = region.rawValue }
    registers[.rax] = call.number
    // In no call: else the kernel would set rip back to restart the interrupted call.
    registers[.origRAX] = UInt64.max
    registers[.rdi] = call.arguments[0]
    registers[.rsi] = call.arguments[1]
    registers[.rdx] = call.arguments[2]
    registers[.r10] = call.arguments[3]
    registers[.r8] = call.arguments[4]
    registers[.r9] = call.arguments[5]
    try victim.set(registers)
    // Not earlier: on the bridge the task sets its own mask even if the tracer dies.
    guard let block else { return }
    try victim.set(block)
    self.block = nil
  }

  private func result() throws(CureError) -> Int64 {
    Int64(bitPattern: try victim.registers()[.rax])
  }

  /// A fault can't be held and skipped: it would occur again without end.
  private func refuseFault() throws(CureError) {
    guard victim.stop.stopClass == .signalDelivery, let info = victim.stop.info,
      info.code.rawValue > 0, info.code.rawValue < 0x80,
      info.signal == .segmentation || info.signal == .bus || info.signal == .illegalInstruction
        || info.signal == .badCall
    else { return }
    if info.signal == .badCall { throw .turnedAway }
    throw .parasiteCrashed(info)
  }

  /// Lets the task run until the awaited stop. Signals that come before it are held.
  ///
  /// - Returns: `false` if `unlessSignalled` and a signal came before the instruction.
  private func run(
    until wanted: StopClass, from instruction: RemoteAddress, unlessSignalled: Bool = false
  ) throws(CureError) -> Bool {
    while true {
      try victim.resume(.toNextSyscall)
      guard try victim.arrive(.remoteSyscall) == .stop else { throw .overdue(.remoteSyscall) }
      if victim.stop.stopClass == wanted { return true }
      try refuseFault()
      victim.hold()
      if unlessSignalled, victim.holdsSignals, victim.stop.programCounter == instruction {
        return false
      }
    }
  }
}

extension Registers {
  /// The same registers for 64-bit code: the parasite and the bridge are 64-bit, for any task.
  var inLongMode: Registers {
    var registers = self
    if isCompat { registers[.cs] = 0x33 }
    return registers
  }
}
