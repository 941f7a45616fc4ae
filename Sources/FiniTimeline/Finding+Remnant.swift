internal import FiniModel
internal import FiniProof

extension RegisterSet {
  /// What a set has, as a sentence names it.
  static func words(_ set: UInt64) -> String {
    set == floatingPoint
      ? "floating-point or SSE registers" : "the registers of \(name(set) ?? "set \(set)")"
  }
}

extension Finding {
  /// What a tracer left in a task, in a sentence.
  init(_ remnant: Remnant) {
    let (kind, sentence) = Finding.words(of: remnant.what)
    self.init(kind: kind, event: remnant.event, sentence: sentence)
  }

  private static func words(of what: Remnant.What) -> (Cause, String) {
    switch what {
    case .word(let address):
      return (.memoryPatched, "the word at \(address) was patched and not written back")
    case .registers:
      return (
        .registersLeft,
        "registers for the tracer's own code were written, and not the task's after it"
      )
    case .changedRegister(let register, let value, _, _):
      return (
        .registersLeft,
        "\(register.text) was set to \(RemoteAddress(value)), and not back to the task's own"
      )
    case .pastBreakpoint(let address):
      return (
        .registersLeft, "it goes on one byte after the tracer's breakpoint at \(address), not at it"
      )
    case .extendedState:
      return (
        .registersLeft, "the floating-point state was written, and not the task's own after it"
      )
    case .unreadState(let set):
      return (
        .registersLeft,
        "\(RegisterSet.words(set)) were written, and the tracer had never read the task's own"
      )
    case .unreadBytes(let bytes):
      return (
        .memoryPatched,
        "\(bytes.count) bytes at \(bytes.address) were written, and what was there had not been read"
      )
    case .call(let change): return (.callNotUndone, "\(change) was not undone")
    case .skippedCall(let skipped):
      let name = SyscallNumber.name(skipped.number) ?? "call \(skipped.number)"
      return (.callSkipped, "its system call \(name) was taken away at the entry, and not made")
    case .mapping(let range, _, _):
      return (.blobLeft, "\(range.byteCount) bytes mapped at \(range.start) were not unmapped")
    case .signal(let signal, _):
      return (.signalLost, "\(signal) was taken from the task and not given back")
    case .mask(let own, _, let left):
      return (.maskChanged, "the signal mask was \(own) and is \(left)")
    case .wideMask(let left):
      return (.maskChanged, "the signal mask was set to \(left), and no other one after it")
    case .handlers(let lost):
      let names = lost.signals.map { "\($0)" }.joined(separator: ", ")
      return (.handlerLost, names + " had a handler before and has none now")
    }
  }
}
