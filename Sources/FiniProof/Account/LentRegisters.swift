internal import FiniModel

/// The general registers that a task had, those that its tracer wrote, and whether the task's came back.
///
/// They are lent to a task for code of the tracer's own, by a write that sends the task to an instruction that the
/// tracer had written there, or to a system call instruction that it runs. What a debugger changes by hand is the
/// task's own as soon as the task runs with it. (CauseTests.)
struct LentRegisters: Hashable, Sendable {
  /// What the task had when it last ran on its own, as far as it is known.
  private var own = KnownRegisters.none
  /// The event that shows it.
  private var ownEvent: UInt32?
  /// What it has now, as far as it is known.
  private var present = KnownRegisters.none
  /// The last write, while the task's own are not written back.
  private var written: UInt32?
  /// The task runs code of the tracer's with them.
  private(set) var isLent = false
  private var isSure = true
  /// Events were lost: what was read after them as the task's own may be what its tracer lent it.
  private var hasLost = false
  /// The stop just after an int3 of the tracer's, from which the task was not set back.
  private var past: Past?
  /// What was changed by hand before the task ran: what it had before, and was let run with.
  private var moved: Moved?
  /// The registers that the tracer has read, ever.
  private var seen: UInt32 = 0
  /// Those that were written one by one since the task ran.
  private var single: UInt32 = 0
  /// Those that were written since it ran, and never read before that.
  private var unread: UInt32 = 0
  /// The last write, if it sent the task where nothing is mapped.
  private(set) var sentNowhere: TaskAccount.Sent?
  /// The task was let run just after an int3 of the tracer's.
  private var ranPast: Past?
  /// Below it nothing is mapped: vm.mmap_min_addr of most kernels.
  private static let lowestAddress: UInt64 = 0x1_0000

  private struct Past: Hashable {
    var breakpoint: RemoteAddress
    var event: UInt32
  }

  private struct Moved: Hashable {
    var own: KnownRegisters
    var ownEvent: UInt32?
    var present: KnownRegisters
    var written: UInt32
    /// What it came to was looked at.
    var isRead = false
  }

  /// Its stack pointer, as far as it is known: its own, or else what it has now.
  var stackPointer: UInt64? { own[.rsp] ?? present[.rsp] }

  /// What is not put back.
  var remnants: [Remnant] {
    let isSure = isSure && !hasLost
    if let past = past ?? ranPast {
      return [Remnant(what: .pastBreakpoint(past.breakpoint), event: past.event, isSure: isSure)]
    }
    guard let written else { return [] }
    if isLent {
      if let ownEvent {
        return [Remnant(what: .registers(ownEvent: ownEvent), event: written, isSure: isSure)]
      }
    }
    if let moved, present.isContext(of: moved.own) { return [] }
    // Only a call that is to be restarted goes by it.
    let isInterrupted = own.registers.restart != .none
    let changed = present.differences(from: own).filter { $0 != .origRAX || isInterrupted }
    // One that the tracer never saw is not put back by a write.
    let blind = single | unread
    let blindNames = Registers.Name.allCases.filter {
      $0 != .origRAX && own[$0] == nil && blind >> UInt32($0.rawValue) & 1 == 1 && moved == nil
    }
    guard let name = changed.first ?? blindNames.first, let value = present[name] else { return [] }
    let isBlind = changed.isEmpty
    return [
      Remnant(
        what: .changedRegister(name, value, own: own[name], ownEvent: ownEvent), event: written,
        isSure: isSure && !(isBlind && (seen & ~unread) >> UInt32(name.rawValue) & 1 == 1))
    ]
  }

  /// Registers were read.
  mutating func read(_ registers: KnownRegisters, at sequence: UInt32) {
    seen |= registers.known
    findCall(registers)
    present.merge(registers)
    // Once more at the same stop, they are the same.
    guard written == nil, past == nil else { return }
    own.merge(registers)
    ownEvent = sequence
  }

  /// The task stopped by an int3 of the tracer's, and stands just after it: its own place is there.
  mutating func stop(by breakpoint: RemoteAddress, at sequence: UInt32) {
    guard written == nil, past == nil else { return }
    own.merge(KnownRegisters(.rip, breakpoint.rawValue))
    past = Past(breakpoint: breakpoint, event: sequence)
  }

  /// Whether a system call was made with registers that were changed by hand: the processor leaves its place in `rcx`.
  private mutating func findCall(_ registers: KnownRegisters) {
    guard var moved, !moved.isRead, let counter = registers[.rip] else { return }
    moved.isRead = true
    self.moved = moved
    guard written == nil, let start = moved.present[.rip], registers[.rcx] == start &+ 2,
      counter &- start &- 2 <= 1, moved.present.differences(from: moved.own).contains(.rax)
    else { return }
    own = moved.own
    ownEvent = moved.ownEvent
    written = moved.written
    isLent = true
    self.moved = nil
  }

  /// Registers were read, of which some or all are not known here.
  mutating func readUnseen() { seen = KnownRegisters.all }

  /// Registers were written.
  ///
  /// - Parameter isTracersCode: whether the tracer wrote the instruction that they lead to.
  mutating func write(_ registers: KnownRegisters, isTracersCode: Bool, at sequence: UInt32) {
    present.merge(registers)
    if registers.known.nonzeroBitCount == 1 { single |= registers.known }
    unread |= registers.known & ~seen
    if let counter = registers.programCounter {
      let isOwn = own.known != 0 && present.differences(from: own).isEmpty
      let isNowhere = counter.rawValue < LentRegisters.lowestAddress && !isOwn
      sentNowhere = isNowhere ? TaskAccount.Sent(address: counter, event: sequence) : nil
    }
    if present[.rip] != past.map({ $0.breakpoint.rawValue + 1 }) { past = nil }
    let isOwn = own.known != 0 && registers.known & ~own.known == 0
    if isOwn, present.isContext(of: own), past == nil {
      settleWritten()
    } else if let moved, present.isContext(of: moved.own) {
      own = present
      self.moved = nil
      settleWritten()
    } else {
      isLent = isLent || isTracersCode
      written = sequence
    }
  }

  private mutating func settleWritten() {
    written = nil
    isLent = false
    isSure = true
  }

  /// The task was let run.
  mutating func run() {
    if let past, written == nil { ranPast = ranPast ?? past }
    past = nil
    if isLent {
      present = .none
      return
    }
    if let written {
      // The first of several: a call by hand may take some steps.
      var next = Moved(own: own, ownEvent: ownEvent, present: present, written: written)
      if let moved { (next.own, next.ownEvent) = (moved.own, moved.ownEvent) }
      moved = next
    }
    own = .none
    ownEvent = nil
    present = .none
    written = nil
    single = 0
    unread = 0
  }

  /// rt_sigreturn gave the task registers of its own, or execve.
  /// What was lost before stays lost: what its tracer had saved may be what it writes now.
  mutating func settle() {
    let hasLost = hasLost
    self = LentRegisters()
    self.hasLost = hasLost
  }

  /// Events were lost.
  mutating func doubt() {
    hasLost = true
    moved = nil
    past = nil
    if written == nil {
      own = .none
      ownEvent = nil
      present = .none
    } else {
      isSure = false
    }
  }
}

extension KnownRegisters {
  /// Whether a task with these goes on where it had the others.
  ///
  /// A system call that is issued anew begins at its instruction, which has two bytes, with its number in `rax`. One
  /// that was interrupted may end with EINTR. (CauseTests.)
  fileprivate func isContext(of own: KnownRegisters) -> Bool {
    guard own.known != 0 else { return false }
    var differing = Set(differences(from: own))
    // What the processor sets at a breakpoint, and no program sees.
    if let flags = self[.eflags], let ownFlags = own[.eflags],
      (flags ^ ownFlags) & ~Registers.Flag.resume == 0
    {
      differing.remove(.eflags)
    }
    if differing.isEmpty { return true }
    guard let call = own[.origRAX], Int64(bitPattern: call) >= 0, let rax = self[.rax] else {
      // Outside of a call nothing reads it.
      return differing == [.origRAX]
    }
    // The instruction of a call overwrites both.
    differing.subtract([.rcx, .r11])
    guard let counter = self[.rip], let ownCounter = own[.rip] else { return differing.isEmpty }
    let restart = own.registers.restart
    switch counter &- ownCounter {
    case 0:
      if restart == .none { return differing.isSubset(of: [.origRAX]) }
      let isEnded = Int64(bitPattern: rax) == -4
      let isSame = rax == own[.rax] && self[.origRAX].map { Int64(bitPattern: $0) >= 0 } ?? true
      return (isEnded || isSame) && differing.isSubset(of: [.rax, .origRAX])
    case UInt64.max - 1:
      return (rax == call || rax == SyscallNumber.restartSyscall)
        && differing.isSubset(of: [.rax, .origRAX, .rip])
    case 2 where restart == .restartReady:
      return Int64(bitPattern: rax) == -4 && differing.isSubset(of: [.rax, .origRAX, .rip])
    default: return false
    }
  }
}
