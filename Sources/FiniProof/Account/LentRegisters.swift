internal import FiniModel

/// The registers that a tracer lends to a task for code of the tracer's own, and whether the task's came back.
///
/// Registers are lent by a write that sends the task to an instruction that the tracer had written there. A debugger
/// that moves a task by hand, or back over its int3, lends none. (CauseTests.)
struct LentRegisters: Hashable, Sendable {
  private struct Known: Hashable {
    var registers: Registers
    var event: UInt32
  }

  /// What the task had when it last ran on its own.
  private var own: Known?
  /// The last write, while the task's own are not written back.
  private var lent: UInt32?
  private var isSure = true
  /// The last write, if it sent the task where nothing is mapped.
  private(set) var sentNowhere: TaskAccount.Sent?
  /// Below it nothing is mapped: vm.mmap_min_addr of most kernels.
  private static let lowestAddress: UInt64 = 0x1_0000

  /// What is not put back.
  var remnants: [Remnant] {
    guard let own, let lent else { return [] }
    return [Remnant(what: .registers(ownEvent: own.event), event: lent, isSure: isSure)]
  }

  /// Registers were read.
  mutating func read(_ registers: Registers, at sequence: UInt32) {
    if lent == nil { own = Known(registers: registers, event: sequence) }
  }

  /// Registers were written.
  ///
  /// - Parameter isTracersCode: whether the tracer wrote the instruction that they lead to.
  mutating func write(_ registers: Registers, isTracersCode: Bool, at sequence: UInt32) {
    let isNowhere = registers[.rip] < LentRegisters.lowestAddress && own?.registers != registers
    sentNowhere =
      isNowhere ? TaskAccount.Sent(address: registers.programCounter, event: sequence) : nil
    guard let own else { return }
    if registers.isContext(of: own.registers) {
      lent = nil
      isSure = true
    } else if lent != nil || isTracersCode {
      lent = sequence
    } else {
      self.own = Known(registers: registers, event: sequence)
    }
  }

  /// The task was let run.
  mutating func run() {
    if lent == nil { own = nil }
  }

  /// rt_sigreturn gave the task registers of its own.
  mutating func settle() { self = LentRegisters() }

  /// Events were lost.
  mutating func doubt() {
    if lent == nil { own = nil } else { isSure = false }
  }
}

extension Registers {
  /// Whether a task with these goes on where it had the others: a system call that is issued anew begins at its
  /// instruction, which has two bytes, with its number in `rax`.
  fileprivate func isContext(of own: Registers) -> Bool {
    let free: Set<Name> = [.rax, .origRAX, .rip, .eflags]
    let isPlace = self[.rip] == own[.rip] || self[.rip] &+ 2 == own[.rip]
    return isPlace && differences(from: own).allSatisfy(free.contains)
  }
}
