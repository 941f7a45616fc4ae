internal import FiniModel
internal import FiniProof

/// What a tracer leaves behind.
extension Rules {
  /// The tracer ended while it held the task.
  static func tracerDied(_ reading: CaseReading) -> [Diagnosis] {
    if let found = logBreaksOff(reading) { return [found] }
    guard let task = reading.task, reading.facts.detached == nil, reading.facts.ended == nil,
      reading.reportedEnd(of: task) == nil, reading.vanished(task) == nil
    else { return [] }
    let isHeld = reading.subjects.all.contains { $0.task == task }
    if let (event, ending) = reading.tracerEnd, isHeld {
      let how: String
      switch ending {
      case .killed(let signal, _): how = "was killed by \(signal)"
      case .exited(let code): how = "exited with \(code)"
      }
      let phase = reading.events.last { $0.tracee == task && $0.kind.isCall }
        .flatMap { reading.timeline.phase(of: $0.sequence)?.name }
      return [
        Diagnosis(
          .tracerDied, of: task,
          "the tracer \(how) while it held task \(task)\(phase.map { ", in \($0)" } ?? "")",
          evidence: [Evidence(event: event.sequence, reason: "the tracer \(how)")]
            + last(of: task, reading),
          consequences: leftovers(reading, at: event), advice: adviceForLeftovers(reading))
      ]
    }
    // A log that stops in fini: its writer stopped as well, or hangs.
    guard let line = reading.line({ if case .leaving = $0 { true } else { false } }),
      reading.line({ $0 == .failed || $0 == .finished }) == nil, reading.facts.hit == nil,
      reading.facts.sigreturnExit == nil, reading.facts.intervening == nil, !isHeld
    else { return [] }
    return [
      Diagnosis(
        .tracerDied, .possible, of: task,
        "the log ends in fini: the tracer was killed there, or hangs",
        evidence: [reading.evidence(line.event, "the last thing that it tells")],
        advice: [
          "If the task was killed by SIGTRAP afterwards, the tracer died with the breakpoint armed."
        ])
    ]
  }

  /// A log without an end, of a tracer that had begun.
  private static func logBreaksOff(_ reading: CaseReading) -> Diagnosis? {
    guard reading.subjects.all.isEmpty, let last = reading.lines.last,
      reading.line({ $0 == .failed || $0 == .finished || $0 == .timedOut }) == nil,
      // It shows a whole fini, and what a dump does behind it is of no account here.
      reading.facts.sigreturnExit == nil || reading.facts.detached == nil
    else { return nil }
    if reading.parasiteLeftByItself,
      let line = reading.line({ if case .leaving = $0 { true } else { false } })
    {
      return Diagnosis(
        .tracerDied, .possible, of: reading.task,
        "the parasite left by itself, before its tracer asked it to: the tracer ended, or its socket was closed",
        evidence: [reading.evidence(line.event, "the parasite leaves")],
        advice: [
          "The parasite has put the task back by itself; its memory stays mapped there.",
          "The kernel's log, or the end of an strace of the tracer, tells what ended the tracer.",
        ])
    }
    guard reading.lines.allSatisfy({ $0.record.severity != .error }),
      reading.line({ if case .leaving = $0 { true } else { false } }) == nil,
      reading.line({
        switch $0 {
        case .isSeized, .syscallAt, .rseqDumped, .daemonServes, .awaitsDaemon, .commandSent,
          .waitsForTrap, .restoreBegins, .trapped, .willExecute, .stoppedAtExit:
          true
        default: false
        }
      }) != nil
    else { return nil }
    let held = onTheirWay(reading)
    return Diagnosis(
      .tracerDied, .possible, of: held.first ?? reading.task,
      held.isEmpty
        ? "the log ends in the middle: the tracer was killed there, or hangs, or the log is not whole"
        : "the log ends with \(held.count == 1 ? "task" : "tasks")"
          + " \(held.prefix(8).map { "\($0)" }.joined(separator: ", ")) on the way through rt_sigreturn:"
          + " the tracer waits for a stop, or was killed there",
      evidence: [reading.evidence(last.event, "the last thing that it tells")],
      advice: [
        "The end of an strace of the tracer tells whether it was killed.",
        "While it hangs: its stack (gdb -p), and State and wchan of the task.",
      ])
  }

  /// The tasks that were trapped on their way out and are not told to have come through.
  private static func onTheirWay(_ reading: CaseReading) -> [TaskID] {
    var found: [TaskID] = []
    for (event, record) in reading.lines where event.tracee.rawValue > 0 {
      switch record.fact {
      case .trapped where !found.contains(event.tracee): found.append(event.tracee)
      case .stoppedAtExit: found.removeAll { $0 == event.tracee }
      default: break
      }
    }
    return found
  }

  private static func last(of task: TaskID, _ reading: CaseReading) -> [Evidence] {
    guard let last = reading.events.last(where: { $0.tracee == task && $0.kind.isCall }) else {
      return []
    }
    var words = "the last step: \(last.kind.name)"
    // A wait that came back with nothing was still under way when the tracer's end came.
    if case .wait(let call) = last.payload, call.result < 0,
      let end = reading.tracerEnd?.event.entered.rawValue,
      end > last.entered.rawValue + 1_000_000_000
    {
      let waited = CaseReading.words(nanoseconds: Int64(end - last.entered.rawValue))
      words += ", which had lasted \(waited) and told of no stop"
    }
    return [Evidence(event: last.sequence, reason: words)]
  }

  private static func leftovers(_ reading: CaseReading, at event: Event) -> [Evidence] {
    guard let armed = reading.timeline.breakpoints.last, armed.disarmed == nil else { return [] }
    return [
      Evidence(
        event: armed.armed,
        reason: "the breakpoint was armed: the task dies by SIGTRAP when it gets there")
    ]
  }

  private static func adviceForLeftovers(_ reading: CaseReading) -> [String] {
    guard let armed = reading.timeline.breakpoints.last, armed.disarmed == nil else { return [] }
    return ["A breakpoint outlives its tracer: only another tracer can disarm it (DR7 = 0)."]
  }

  /// SIGTRAP was blocked when the breakpoint forced it.
  static func trapBlocked(_ reading: CaseReading) -> [Diagnosis] {
    var isBlocked: UInt32?
    var isArmed = false
    for event in reading.events where event.tracee == reading.task {
      guard case .request(let call) = event.payload, call.error == nil else { continue }
      if case .control(let control)? = call.debugRegisterWrite { isArmed = control.isArmed }
      if call.request == .setSignalMask, case .signalSet(let set) = call.detail {
        isBlocked = set.contains(.trap) ? event.sequence : nil
      }
      if call.request == .cont, isArmed, let mask = isBlocked {
        return [
          Diagnosis(
            .trapBlocked, of: reading.task,
            "SIGTRAP was blocked while the breakpoint was armed: the kernel forces it all the same,"
              + " and sets the task's own handler of SIGTRAP back to the default",
            evidence: [
              Evidence(event: mask, reason: "the mask has SIGTRAP in it"),
              Evidence(event: event.sequence, reason: "let run with the breakpoint armed"),
            ],
            advice: [
              "SigCgt in /proc/PID/status loses bit 4: programs with a SIGTRAP handler (Java virtual machines)"
                + " die later. Tracers newer than 2021 leave SIGTRAP unblocked."
            ])
        ]
      }
    }
    return []
  }

  static func detachedArmed(_ reading: CaseReading) -> [Diagnosis] {
    guard reading.facts.detachedArmed, let detached = reading.facts.detached else { return [] }
    let name = reading.task.map { "task \($0)" } ?? "the task"
    return [
      Diagnosis(
        .detachedArmed, of: reading.task,
        "\(name) was let go with the breakpoint armed: it is killed by SIGTRAP when it gets there",
        evidence: [
          reading.facts.armed.map { Evidence(event: $0, reason: "DR7 armed") },
          Evidence(event: detached, reason: "detached; DR7 was not cleared"),
        ].compactMap { $0 },
        advice: ["A tracer must write DR7 = 0 on every way out."])
    ]
  }

  /// Text that was changed and not changed back before the tracer let go.
  static func textPatched(_ reading: CaseReading) -> [Diagnosis] {
    var original: [UInt64: UInt64] = [:]
    var patched: [UInt64: UInt32] = [:]
    for event in reading.events where event.tracee == reading.task {
      guard case .request(let call) = event.payload, call.error == nil else { continue }
      switch call.request {
      case .peekText, .peekData:
        if patched[call.address] == nil, call.detail != .notSeen {
          original[call.address] = call.data
        }
      case .pokeText, .pokeData:
        if original[call.address] == call.data {
          patched[call.address] = nil
        } else if original[call.address] != nil {
          patched[call.address] = event.sequence
        }
      default: break
      }
      if call.request == .detach { break }
    }
    let isOver = reading.facts.detached != nil || reading.tracerEnd != nil
    guard isOver, reading.facts.ended == nil, let first = patched.min(by: { $0.value < $1.value })
    else {
      return []
    }
    let name = reading.task.map { "task \($0)" } ?? "the task"
    return [
      Diagnosis(
        .textPatched, of: reading.task,
        "\(name) was let go with \(patched.count) changed \(patched.count == 1 ? "word" : "words") of its memory not put back",
        evidence: [
          Evidence(
            event: first.value, reason: "written at \(RemoteAddress(first.key)), never written back"
          )
        ],
        advice: ["If that is code, the task runs into it sooner or later."])
    ]
  }

  /// What was mapped for the parasite and not unmapped.
  static func blobLeft(_ reading: CaseReading) -> [Diagnosis] {
    guard reading.facts.detached != nil, let blob = reading.timeline.addresses.blob,
      let mapped = reading.timeline.mappings.first(where: { $0.range == blob }),
      // The length may be rounded to pages in one of them.
      !reading.timeline.unmappings.contains(where: { $0.start == blob.start })
    else { return [] }
    // Unmapped by the parasite itself, or by a call whose registers are not shown.
    let isShown = reading.facts.interrupt != nil && reading.facts.sigreturnExit != nil
    return [
      Diagnosis(
        .blobLeft, isShown ? .yes : .possible, of: reading.task,
        "the parasite's memory (\(blob)) was not unmapped",
        evidence: [Evidence(event: mapped.event, reason: "\(blob.byteCount) bytes mapped")])
    ]
  }

  /// Signals that the tracer took from a stop and never gave back.
  static func signalSwallowed(_ reading: CaseReading) -> [Diagnosis] {
    guard let task = reading.task, !reading.isProbe(task),
      reading.events.first?.source != .engine
    else { return [] }
    var found: [Diagnosis] = []
    for history in reading.timeline.signals where history.fate == .discarded {
      guard let stop = history.deliveryStops.last, let resumed = history.fateEvent,
        reading.timeline.phase(of: stop) != .seize, history.signal != .trap,
        history.deliveryStops.count > reading.ownCount(of: history.signal, to: task),
        !isReturn(stop, reading)
      else { continue }
      // Sent again before the end, it is not lost.
      let isSentAgain = reading.events.contains {
        guard case .signal(let record) = $0.payload else { return false }
        return record.fate == .generated && record.info.signal == history.signal
          && $0.sequence > resumed
      }
      guard !isSentAgain else { continue }
      found.append(
        Diagnosis(
          .signalSwallowed, of: task,
          "\(history.signal) was taken from task \(task) and not given back: it is lost",
          evidence: [
            Evidence(event: stop, reason: "signal-delivery-stop of \(history.signal)"),
            Evidence(event: resumed, reason: "resumed without it"),
          ]))
    }
    return found
  }

  private static func isReturn(_ stop: UInt32, _ reading: CaseReading) -> Bool {
    guard case .stop(let record)? = reading.timeline.event(stop)?.payload else { return false }
    return reading.isReturnOfCall(record, at: stop)
  }

  static func maskChanged(_ reading: CaseReading) -> [Diagnosis] {
    var own: (event: UInt32, set: SignalSet)?
    var last: (event: UInt32, set: SignalSet)?
    for event in reading.events where event.tracee == reading.task {
      guard case .request(let call) = event.payload, call.error == nil,
        case .signalSet(let set) = call.detail
      else { continue }
      if call.request == .getSignalMask, own == nil { own = (event.sequence, set) }
      if call.request == .setSignalMask { last = (event.sequence, set) }
    }
    guard let own, let last, own.set != last.set, reading.facts.detached != nil,
      // rt_sigreturn restores the mask by itself.
      reading.facts.interrupt == nil
        || reading.facts.sigreturnExit.map({ $0 < last.event }) ?? false
    else { return [] }
    return [
      Diagnosis(
        .maskChanged, of: reading.task,
        "the task was let go with another signal mask: \(last.set), it had \(own.set)",
        evidence: [
          Evidence(event: own.event, reason: "its own mask"),
          Evidence(event: last.event, reason: "the last one that was set"),
        ])
    ]
  }
}
