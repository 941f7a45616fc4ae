internal import FiniModel
internal import FiniProof

/// What a tracer changed by hand, by calls that it had the task make, and at the entry of the task's own calls.
extension Rules {
  /// Registers of the task's own that the tracer changed by hand, or did not set back after a breakpoint.
  static func registersChanged(_ reading: CaseReading) -> [Diagnosis] {
    // Where it was sent to where nothing is mapped, that is told: see sentNowhere.
    guard !(reading.task.map(reading.isProbe) ?? false), reading.account.sentNowhere == nil else {
      return []
    }
    let name = reading.task.map { "task \($0)" } ?? "the task"
    return reading.remnants.compactMap { remnant in
      var evidence: [Evidence] = []
      let sentence: String
      var advice: [String] = []
      switch remnant.what {
      case .changedRegister(let register, let value, let own, let ownEvent):
        // It is the result of a call that was not made.
        if register == .rax, skippedCall(reading) != nil { return nil }
        if let ownEvent { evidence = [Evidence(event: ownEvent, reason: "its own registers")] }
        if register == .eflags, value & ~(own ?? 0) & Registers.Flag.trap != 0 {
          sentence =
            "\(name) was let go with TF set in eflags (\(RemoteAddress(value))): its next instruction raises SIGTRAP"
        } else {
          sentence =
            "\(name) was let go with \(register.text) = \(RemoteAddress(value)),"
            + (own.map { " and it had \(RemoteAddress($0))" }
              ?? " which its tracer had set without reading its own")
        }
        evidence.append(Evidence(event: remnant.event, reason: "\(register.text) was written"))
      case .pastBreakpoint(let address):
        sentence =
          "\(name) goes on one byte after the breakpoint at \(address) that it hit: rip was not set back"
        evidence = [Evidence(event: remnant.event, reason: "rip = \(address + 1)")]
        advice = [
          "An int3 leaves rip after itself: put back the instruction, and set rip to it before the task goes on."
        ]
      case .extendedState(let ownEvent):
        sentence =
          "\(name) was let go with other floating-point or SSE registers than it had"
        evidence = [
          Evidence(event: ownEvent, reason: "its own"),
          Evidence(event: remnant.event, reason: "others were written"),
        ]
      case .unreadState(let set):
        sentence =
          "\(RegisterSet.words(set)) of \(name) were overwritten, and its tracer had never read its own: they are lost"
        evidence = [
          Evidence(event: remnant.event, reason: "written; nothing was read of them before")
        ]
        advice = [
          "Read the task's own (PTRACE_GETREGSET) before the first write, and put them back."
        ]
      default: return nil
      }
      return Diagnosis(
        .registersLeft, certainty(remnant.isSure), of: reading.task, sentence, evidence: evidence,
        advice: advice)
    }
  }

  /// The first write of registers that may lead the task to another instruction than its own next one: one that has
  /// another program counter than was read, or of which it is not known.
  static func sentElsewhere(_ reading: CaseReading) -> UInt32? {
    var own: RemoteAddress?
    for event in reading.events where event.tracee == reading.task {
      guard case .request(let call) = event.payload, call.error == nil else { continue }
      let counter = call.generalRegisters?.programCounter
      if call.request.onlyLooks {
        own = counter ?? own
      } else if call.request.resumes {
        own = nil
      } else if call.request.kind == .registersWritten, own == nil || counter != own {
        return event.sequence
      }
    }
    return nil
  }

  /// Sent elsewhere in the middle of a call that was interrupted: the kernel starts that call again as it lets the
  /// task run, and for that takes the length of its instruction off the address that the tracer wrote.
  static func movedInCall(_ reading: CaseReading) -> [Diagnosis] {
    guard reading.source != .engine, let task = reading.task, !reading.isProbe(task) else {
      return []
    }
    var own: (registers: KnownRegisters, event: UInt32)?
    var moved: (to: UInt64, event: UInt32)?
    for event in reading.events where event.tracee == task {
      guard case .request(let call) = event.payload, call.error == nil else { continue }
      if let moved, call.request.resumes, call.request != .detach, call.data == 0 {
        return [
          Diagnosis(
            .registersLeft, of: task,
            "task \(task) was sent to \(RemoteAddress(moved.to)) in an interrupted call: it went on 2 bytes before that",
            evidence: [
              Evidence(
                event: own?.event ?? moved.event, reason: "its own: a call to be started again"),
              Evidence(event: moved.event, reason: "rip written, and orig_rax left as it was"),
              Evidence(event: event.sequence, reason: "let run: the kernel takes 2 off rip"),
            ],
            advice: [
              "Write -1 to orig_rax together with another rip: no call is started again then."
            ])
        ]
      }
      if call.request.resumes {
        (own, moved) = (nil, nil)
        continue
      }
      guard let registers = call.generalRegisters, registers.isComplete else { continue }
      if call.request.onlyLooks {
        if own == nil { own = (registers, event.sequence) }
        continue
      }
      moved = nil
      guard let known = own?.registers.registers, known.restart != .none,
        registers.registers[.rax] == known[.rax],
        Int64(bitPattern: registers.registers[.origRAX]) >= 0,
        (registers.registers[.rip] &- known[.rip]) &+ 2 > 4
      else { continue }
      moved = (registers.registers[.rip], event.sequence)
    }
    return []
  }

  /// A call that the task made for its tracer, with an effect that stays.
  static func callNotUndone(_ reading: CaseReading) -> [Diagnosis] {
    guard let task = reading.task, !reading.isProbe(task) else { return [] }
    return reading.remnants.compactMap { remnant in
      guard case .call(let change) = remnant.what else { return nil }
      let sentence: String
      switch change.subject {
      case .descriptor(let number):
        sentence = "with descriptor \(number) open, by a call for its tracer: \(change)"
      case .closedDescriptor(let number):
        sentence = "with its descriptor \(number) closed, by a call for its tracer"
      case .protection(let start):
        sentence =
          "with other protection of its memory at \(start): \(change) is not undone"
      case .setting: sentence = "with a call for its tracer not undone: \(change)"
      }
      return Diagnosis(
        .callNotUndone, certainty(remnant.isSure), of: task, "task \(task) was let go " + sentence,
        evidence: [Evidence(event: remnant.event, reason: "the result of \(change)")])
    }
  }

  private static func skippedCall(_ reading: CaseReading) -> SkippedCalls.Skipped? {
    for case .skippedCall(let skipped) in reading.remnants.map(\.what) { return skipped }
    return nil
  }

  /// A system call of the task's own that its tracer took away at the entry.
  static func callSkipped(_ reading: CaseReading) -> [Diagnosis] {
    guard let task = reading.task, !reading.isProbe(task), let skipped = skippedCall(reading) else {
      return []
    }
    let name = SyscallNumber.name(skipped.number) ?? "call \(skipped.number)"
    let result =
      Errno(result: skipped.result).map { "\($0)" } ?? "\(skipped.result)"
    let instead = skipped.instead.map { number in
      "its tracer had \(SyscallNumber.name(number) ?? "call \(number)") made in its place"
    }
    return [
      Diagnosis(
        .callSkipped, of: task,
        "task \(task) did not make its system call \(name): "
          + (instead ?? "it got \(result) in its place"),
        evidence: [
          Evidence(event: skipped.entry, reason: "the entry of \(name)"),
          Evidence(event: skipped.written, reason: "orig_rax was written"),
        ],
        advice: [
          "To run code in a task, stop it outside of a call, or set it back to the instruction of its call."
        ])
    ]
  }
}
