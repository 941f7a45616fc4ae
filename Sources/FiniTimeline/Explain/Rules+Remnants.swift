internal import FiniModel
internal import FiniProof

/// What a tracer did not put back in the task: the account of the task says what, and how sure that is.
extension Rules {
  static func certainty(_ isSure: Bool) -> Diagnosis.Certainty { isSure ? .yes : .possible }

  /// Memory that was changed and not changed back before the tracer let go.
  static func memoryPatched(_ reading: CaseReading) -> [Diagnosis] {
    let patched = reading.remnants.compactMap { remnant in
      if case .word(let address) = remnant.what { (remnant, address) } else { nil }
    }
    // One of which it is sure says more than all others.
    let sure = patched.filter { $0.0.isSure }
    let told = sure.isEmpty ? patched : sure
    let name = reading.task.map { "task \($0)" } ?? "the task"
    guard let (first, address) = told.first else { return overwritten(name, reading) }
    let kind = PatchedWord(at: address, in: reading)?.kind
    let words: String
    var reason = "written at \(address), never written back"
    var advice = "If that is code, the task runs into it sooner or later."
    switch kind {
    case .breakpoint where told.count == 1:
      words = "the int3 at \(address) in its text: it is killed by SIGTRAP if it gets there"
      reason = "a breakpoint (int3) at \(address), never taken away"
      advice = "A tracer must write back the byte of each breakpoint before it lets go."
    case .cut:
      words = "the word at \(address) not put back whole: its upper 4 bytes are wrong"
      reason = "written back at \(address) with other upper 4 bytes than were read"
      advice = "A word of PTRACE_PEEKTEXT has 8 bytes: an int keeps 4 of them, a long all."
    case .breakpoint, .other, nil:
      words =
        "\(told.count) changed \(told.count == 1 ? "word" : "words") of its memory not put back"
    }
    return [
      Diagnosis(
        .memoryPatched, certainty(first.isSure), of: reading.task,
        "\(name) was let go with \(words)",
        evidence: [Evidence(event: first.event, reason: reason)], advice: [advice])
    ]
  }

  /// Memory that was written and had not been read: its tracer has nothing to put back.
  private static func overwritten(_ name: String, _ reading: CaseReading) -> [Diagnosis] {
    let writes = reading.remnants.compactMap { remnant in
      if case .unreadBytes(let bytes) = remnant.what { (remnant, bytes) } else { nil }
    }
    let sure = writes.filter { $0.0.isSure }
    let told = sure.isEmpty ? writes : sure
    guard let (first, bytes) = told.first else { return [] }
    let count = told.reduce(0) { $0 + $1.1.count }
    let place = bytes.isInRedZone ? " (its red zone, below rsp)" : ""
    return [
      Diagnosis(
        .memoryPatched, certainty(first.isSure), of: reading.task,
        "\(name) was let go with \(count) bytes overwritten at \(bytes.address)\(place), which were never read",
        evidence: told.prefix(4).map {
          Evidence(
            event: $0.0.event,
            reason: "\($0.1.count) bytes at \($0.1.address), which were never read or put back")
        },
        advice: [
          bytes.isInRedZone
            ? "A function may use 128 bytes below rsp without moving it: write below those, or save them."
            : "Read what is there before it is overwritten, and write that back before the task is let go."
        ])
    ]
  }

  /// What was mapped for the parasite and not unmapped.
  static func blobLeft(_ reading: CaseReading) -> [Diagnosis] {
    let isAudited = reading.source?.watchesOneTask ?? false
    // Else unmapped by the parasite itself, or by a call whose registers are not shown.
    let isShown =
      isAudited || reading.facts.interrupt != nil && reading.facts.sigreturnExit != nil
    return reading.remnants.compactMap { remnant in
      guard case .mapping(let range, let whole, let isHeld) = remnant.what else {
        return nil
      }
      let isBlob = whole == reading.timeline.addresses.blob
      // A mapping beside it may be one that the parasite unmaps.
      guard isBlob || isAudited && remnant.isSure else { return nil }
      return Diagnosis(
        .blobLeft, certainty((isShown || isHeld) && remnant.isSure), of: reading.task,
        (range != whole
          ? "a part of the memory that was mapped for the tracer"
          : isBlob ? "the parasite's memory" : "memory that was mapped for the tracer")
          + " (\(range)) was not unmapped",
        evidence: [
          Evidence(event: remnant.event, reason: "\(range.byteCount) bytes mapped")
        ])
    }
  }

  /// Signals that the tracer took from a stop and never gave back.
  static func signalLost(_ reading: CaseReading) -> [Diagnosis] {
    guard let task = reading.task, !reading.isProbe(task), reading.source != .engine else {
      return []
    }
    return reading.remnants.compactMap { remnant in
      guard case .signal(let signal, let resumed) = remnant.what,
        !isReturn(remnant.event, reading)
      else { return nil }
      let given = reading.timeline.event(resumed).flatMap { event -> Signal? in
        guard case .request(let call) = event.payload, call.data > 0, call.data <= 64 else {
          return nil
        }
        return Signal(rawValue: Int32(call.data))
      }
      return Diagnosis(
        .signalLost, certainty(remnant.isSure), of: task,
        given.map {
          "\(signal) was taken from task \(task), and its tracer gave it \($0) in its place"
        } ?? "\(signal) was taken from task \(task) and not given back: it is lost",
        evidence: [
          Evidence(event: remnant.event, reason: "signal-delivery-stop of \(signal)"),
          Evidence(event: resumed, reason: "resumed without it"),
        ])
    }
  }

  private static func isReturn(_ stop: UInt32, _ reading: CaseReading) -> Bool {
    guard case .stop(let record)? = reading.timeline.event(stop)?.payload else { return false }
    return reading.isReturnOfCall(record, at: stop)
  }

  /// Another signal mask than the task had.
  static func maskChanged(_ reading: CaseReading) -> [Diagnosis] {
    reading.remnants.compactMap { remnant in
      if case .wideMask(let left) = remnant.what { return wideMask(left, remnant, reading) }
      guard case .mask(let own, let ownEvent, let left) = remnant.what else { return nil }
      return Diagnosis(
        .maskChanged, certainty(remnant.isSure), of: reading.task,
        "the task was let go with another signal mask: \(left), it had \(own)",
        evidence: [
          Evidence(event: ownEvent, reason: "its own mask"),
          Evidence(event: remnant.event, reason: "the last one that was set"),
        ])
    }
  }

  private static func wideMask(
    _ left: SignalSet, _ remnant: Remnant, _ reading: CaseReading
  ) -> Diagnosis {
    let name = reading.task.map { "task \($0)" } ?? "the task"
    return Diagnosis(
      .maskChanged, certainty(remnant.isSure), of: reading.task,
      "\(name) was let go with nearly all signals blocked (\(left)): its tracer set that mask, and no other one",
      evidence: [Evidence(event: remnant.event, reason: "the only mask that was set")],
      advice: ["The tracer did not read the task's own mask (PTRACE_GETSIGMASK) before it set one."]
    )
  }

  /// A handler that the task had before it was traced.
  static func handlerLost(_ reading: CaseReading) -> [Diagnosis] {
    reading.remnants.compactMap { remnant in
      guard case .handlers = remnant.what else { return nil }
      return Diagnosis(
        .handlerLost, of: reading.task, Finding(remnant).sentence,
        evidence: [Evidence(event: remnant.event, reason: "where it shows")],
        advice: [
          "A trap that the kernel forces on a task that blocks it takes the handler away: see"
            + " which mask the tracer set before it let the task run."
        ])
    }
  }

  /// The trace ends with the breakpoint armed, and shows all that was done to the task.
  static func leftArmed(_ reading: CaseReading) -> [Diagnosis] {
    guard reading.source?.watchesOneTask ?? false else { return [] }
    return reading.timeline.judgement.findings.filter { $0.kind == .leftArmed }.map {
      Diagnosis(
        .leftArmed, of: reading.task, $0.sentence,
        evidence: [Evidence(event: $0.event, reason: "DR7 armed")])
    }
  }
}
