internal import FiniModel

/// The system calls that a task was about to make, and that its tracer took away at their entry: by another number in
/// `orig_rax`, or none. (CauseTests.)
package struct SkippedCalls: Hashable, Sendable {
  /// A call that was not made.
  package struct Skipped: Hashable, Sendable {
    /// Its number.
    package var number: UInt64
    /// The call that was made in its place; `nil` for none.
    package var instead: UInt64?
    /// What the task got for its result.
    package var result: Int64
    /// The entry, or where its registers were read.
    package var entry: UInt32
    /// The write that took it away.
    package var written: UInt32
    /// Where the task goes on after it, if that was seen.
    fileprivate var counter: UInt64?
    /// Where the task was sent to last.
    fileprivate var sentTo: UInt64?
  }

  private struct Entry: Hashable {
    var number: UInt64
    var event: UInt32
    var counter: UInt64?
    /// The last write of `orig_rax`, and where it was.
    var changed: UInt64?
    var written: UInt32 = 0
    var result = SkippedCalls.noSuchCall
    var sentTo: UInt64?
  }

  /// At an entry the kernel has put ENOSYS where the result will be.
  private static let noSuchCall: Int64 = -38

  /// The first one.
  private var first: Skipped?
  /// The task stands at the entry of this one.
  private var entry: Entry?
  /// One that was taken away, and that may yet be made.
  private var pending: Skipped?
  /// Where it stands, if that was read since it ran.
  private var place: UInt64?

  /// The first one: what is lost is lost whatever comes after it.
  var remnant: Remnant? {
    first.map { Remnant(what: .skippedCall($0), event: $0.written, isSure: true) }
  }

  /// A stop.
  mutating func stop(_ stop: StopRecord, at sequence: UInt32) {
    entry = nil
    guard stop.stopClass == .syscallEntry, let call = stop.syscall,
      call.abi == nil || call.abi == .x86_64
    else { return }
    begin(call.number, counter: nil, at: sequence)
  }

  /// The kernel told of the call at whose entry the task is.
  mutating func read(_ info: SyscallInfo, at sequence: UInt32) {
    place = info.instructionPointer.rawValue
    guard info.operation == .entry, let number = info.number, entry == nil else { return }
    begin(number, counter: info.instructionPointer.rawValue, at: sequence)
  }

  /// Registers were read.
  ///
  /// - Parameter mayBeEntry: whether the task has stopped at a system call, and not at its exit.
  mutating func read(_ registers: KnownRegisters, mayBeEntry: Bool, at sequence: UInt32) {
    place = registers[.rip] ?? place
    guard mayBeEntry, entry?.changed == nil, !registers.registers.isCompat,
      let number = registers[.origRAX], Int64(bitPattern: number) >= 0,
      let result = registers[.rax], Int64(bitPattern: result) == SkippedCalls.noSuchCall
    else { return }
    begin(number, counter: registers[.rip], at: entry?.event ?? sequence)
  }

  private mutating func begin(_ number: UInt64, counter: UInt64?, at sequence: UInt32) {
    // An entry on the way through code of the tracer's is not the task's.
    guard pending == nil else { return }
    entry = Entry(number: number, event: sequence, counter: counter ?? place)
  }

  /// Registers were written.
  mutating func write(_ registers: KnownRegisters, at sequence: UInt32) {
    if entry != nil {
      if let value = registers[.origRAX] {
        entry?.changed = value
        entry?.written = sequence
      }
      if let value = registers[.rax] { entry?.result = Int64(bitPattern: value) }
      if let value = registers[.rip] { entry?.sentTo = value }
    } else if var skipped = pending {
      if let counter = registers[.rip] { skipped.sentTo = counter }
      if let value = registers[.rax] { skipped.result = Int64(bitPattern: value) }
      pending = skipped.isMadeAnew(with: registers) ? nil : skipped
    }
  }

  /// The task was let run, or let go.
  mutating func resume(isLetGo: Bool) {
    place = nil
    if let entry, let changed = entry.changed, changed != entry.number {
      // The kernel looks at 32 bits of it.
      let isNone = Int32(truncatingIfNeeded: changed) < 0
      pending = Skipped(
        number: entry.number, instead: isNone ? nil : changed, result: entry.result,
        entry: entry.event, written: entry.written, counter: entry.counter, sentTo: entry.sentTo)
      self.entry = nil
      if isLetGo { settle() }
      return
    }
    entry = nil
    guard let pending else { return }
    let isBack = pending.sentTo == nil || pending.sentTo == pending.counter
    if isLetGo || isBack { settle() }
  }

  private mutating func settle() {
    first = first ?? pending
    pending = nil
  }

  /// Events were lost.
  mutating func doubt() {
    entry = nil
    pending = nil
  }
}

extension SkippedCalls.Skipped {
  /// Whether the task makes the call after all: it is back at its instruction, or the kernel restarts it.
  fileprivate func isMadeAnew(with registers: KnownRegisters) -> Bool {
    if let place = registers[.rip], place &+ 2 == counter { return true }
    guard let call = registers[.origRAX], Int64(bitPattern: call) >= 0 else { return false }
    return (-516...(-512)).contains(result)
  }
}
