internal import FiniModel
internal import FiniProof

/// What goes wrong between the first stop and fini.
extension Rules {
  /// A stop in the middle of an injected call that is not its end.
  static func interruptedCall(_ reading: CaseReading) -> [Diagnosis] {
    if let (event, record) = reading.line({ if case .stopBySignal = $0 { true } else { false } }),
      case .stopBySignal(let signal, let code) = record.fact,
      let told = reading.line({ $0 == .interrupted })
    {
      let cause = SignalInfo(signal: signal, code: SignalCode(rawValue: code))
      return [
        interrupted(
          // The line before the error may be one of another task's.
          reading, told.event.tracee.rawValue > 0 ? told.event : event, by: words(for: cause),
          isCrash: isCrash(signal),
          [reading.evidence(event, "the stop that came instead")]
            + stray(reading).map { $0.evidence })
      ]
    }
    if let found = stray(reading).first {
      return [
        interrupted(
          reading, found.event, by: found.words, isCrash: found.isCrash,
          [found.evidence] + (found.isCrash ? place(of: found.event, reading) : [])
            + sender(before: found.event, reading))
      ]
    }
    guard let line = reading.line({ $0 == .interrupted }) else { return [] }
    return [
      Diagnosis(
        .interruptedCall, of: line.event.tracee,
        "\(reading.name(of: line.event)) stopped unexpectedly in a call for its tracer: a signal or a crash, which is not here",
        evidence: [reading.evidence(line.event, "it was interrupted")],
        consequences: reading.consequences(after: line.event),
        collect: ["A log with -v4 has the signal in a line with si_code, right before this one."])
    ]
  }

  private static func interrupted(
    _ reading: CaseReading, _ event: Event, by cause: String, isCrash: Bool,
    _ evidence: [Evidence]
  ) -> Diagnosis {
    let name = event.tracee.rawValue > 0 ? "task \(event.tracee)" : "the task"
    if isCrash {
      return Diagnosis(
        .parasiteCrashed, of: event.tracee,
        "\(name) crashed by \(cause) in a call that it made for the tracer", evidence: evidence,
        consequences: reading.consequences(after: event))
    }
    return Diagnosis(
      .interruptedCall, of: event.tracee,
      "\(cause) came while \(name) made a call for its tracer, and was taken for the call's end",
      evidence: evidence, consequences: reading.consequences(after: event),
      advice: [
        "Nothing is wrong with the task: try again when no signals are sent to it.",
        "Find out who does: signal_generate in the kernel's trace file names the sender.",
      ])
  }

  /// Stops in the infection or the unmapping that end no injected call.
  private static func stray(
    _ reading: CaseReading
  ) -> [(event: Event, evidence: Evidence, words: String, isCrash: Bool)] {
    var found: [(Event, Evidence, String, Bool)] = []
    // Without registers that lead it to one the task makes no call for its tracer.
    let sent =
      reading.source == .criuLog || reading.beginsInTheMiddle ? 0 : sentElsewhere(reading)
    guard let sent else { return [] }
    for event in reading.events where event.tracee == reading.task {
      guard case .stop(let stop) = event.payload, event.sequence > sent,
        let phase = reading.timeline.phase(of: event.sequence),
        phase == .infect || phase == .unmap, !reading.isReturnOfCall(stop, at: event.sequence),
        !letsRunOn(after: event, reading)
      else { continue }
      switch stop.stopClass {
      case .signalDelivery, .groupStop, .interrupt:
        var words = stop.stopClass.name
        var isFault = false
        if let signal = stop.signal {
          isFault = isCrash(signal)
          words =
            stop.stopClass == .interrupt
            ? "the notice of a SIGCONT (or of a late interrupt)"
            : stop.info.map { self.words(for: $0) } ?? "\(signal)"
        }
        found.append(
          (
            event,
            Evidence(event: event.sequence, reason: "\(stop.stopClass.name) in \(phase.name)"),
            words, isFault
          ))
      default: break
      }
    }
    return found
  }

  /// Whether the tracer saw that a stop was not the call's end: it let the task run on, and looked at nothing first.
  private static func letsRunOn(after stop: Event, _ reading: CaseReading) -> Bool {
    let next = reading.events.first {
      guard $0.sequence > stop.sequence, $0.tracee == stop.tracee,
        case .request(let call) = $0.payload
      else { return false }
      return !call.request.onlyLooks
    }
    guard case .request(let call)? = next?.payload else { return false }
    return call.request.resumes && call.request != .detach && call.error == nil
  }

  /// The signal that was sent last before a stop, if the trace shows that.
  static func sender(before event: Event, _ reading: CaseReading) -> [Evidence] {
    let sent = reading.events.last {
      guard case .signal(let record) = $0.payload else { return false }
      return record.fate == .generated && $0.tracee == event.tracee
        && $0.sequence < event.sequence
    }
    guard let sent, case .signal(let record) = sent.payload else { return [] }
    let from =
      record.info.sender.map { $0.rawValue > 0 ? " by \($0)" : " by the tracer itself" } ?? ""
    return [
      Evidence(event: sent.sequence, reason: "\(record.info.signal) was sent\(from)")
    ]
  }

  static func isCrash(_ signal: Signal) -> Bool {
    [.segmentation, .illegalInstruction, .bus, .floatingPoint].contains(signal)
  }

  /// `SIGCONT's notice`, `SIGTRAP (SI_USER from 12)`.
  static func words(for info: SignalInfo) -> String {
    // PTRACE_EVENT_STOP << 8 | SIGTRAP.
    if info.code.rawValue == 0x8005 { return "the notice of a SIGCONT (or of a late interrupt)" }
    var words = "\(info.signal) (\(info.code.name(for: info.signal))"
    if let sender = info.sender, sender.rawValue > 0 { words += " from \(sender)" }
    return words + ")"
  }

  /// The parasite's connect was denied; it cures the task by itself then, and its tracer does not know.
  static func connectDenied(_ reading: CaseReading) -> [Diagnosis] {
    guard
      let line = reading.line({ if case .connectRefused = $0 { true } else { false } }),
      case .connectRefused(let error) = line.record.fact
    else {
      guard let line = reading.line({ $0 == .denied }) else { return [] }
      return [
        Diagnosis(
          .connectDenied, .possible, of: reading.task, "a security module denied something",
          evidence: [reading.evidence(line.event, "the denial")])
      ]
    }
    let isDenied = error == .accessDenied || error == .notPermitted
    var evidence = [reading.evidence(line.event, "connect failed")]
    if let denial = reading.line({ $0 == .denied }) {
      evidence.append(reading.evidence(denial.event, "the denial"))
    }
    return [
      Diagnosis(
        .connectDenied, of: line.event.tracee.rawValue > 0 ? line.event.tracee : reading.task,
        isDenied
          ? "the parasite of \(reading.name(of: line.event)) was not allowed to connect to the tracer's socket (\(error.map { "\($0)" } ?? ""))"
            + ": a security module confines the task"
          : "the parasite of \(reading.name(of: line.event)) could not connect to the tracer's socket\(error.map { " (\($0))" } ?? "")",
        evidence: evidence, consequences: reading.consequences(after: line.event),
        advice: isDenied
          ? [
            "dmesg or the audit log names the profile: let it connect to unix sockets of the tracer, or"
              + " take the task out of it for the time of the dump.",
            reading.line { if case .remoteCallFailed = $0 { true } else { false } } != nil
              ? "The parasite has restored the registers by itself, and munmap did not work: its memory may still be"
                + " mapped, see /proc/PID/maps."
              : "The parasite has cured the task by itself: that the tracer does not find it stopped any more"
                + " is no second fault.",
          ] : ["Is the task in another network namespace, or the tracer's socket gone?"])
    ]
  }

  /// The parasite, or what was injected, crashed.
  static func parasiteCrashed(_ reading: CaseReading) -> [Diagnosis] {
    for (event, record) in reading.lines {
      let signal: Signal
      switch record.fact {
      case .stoppedUnexpectedly(let found): signal = found
      case .killedUnexpectedly(let found):
        return [
          Diagnosis(
            .killed, of: event.tracee,
            "task \(event.tracee) was killed by \(found) while the parasite served",
            evidence: [reading.evidence(event, "killed")],
            consequences: reading.consequences(after: event))
        ]
      default: continue
      }
      guard isCrash(signal) else {
        // All others are blocked while the parasite serves: by one of them only a fault stops it, whatever its number
        // is called on that machine.
        let isStop = signal.stopsTheGroup || signal == .trap
        return [
          Diagnosis(
            isStop ? .signalInFini : .parasiteCrashed, of: event.tracee,
            isStop
              ? "\(signal) stopped task \(event.tracee) while the parasite served"
              : "the parasite crashed in task \(event.tracee): signal \(signal.rawValue) stopped it while it served",
            evidence: [reading.evidence(event, "stopped by signal \(signal.rawValue)")],
            consequences: reading.consequences(after: event),
            advice: isStop
              ? []
              : [
                "All signals but SIGTRAP, SIGKILL and SIGSTOP are blocked there, so it was a fault: si_code in the line"
                  + " before tells which; 10 is SIGBUS on mips, alpha and sparc, SIGUSR1 elsewhere."
              ])
        ]
      }
      let isIllegal = signal == .illegalInstruction
      return [
        Diagnosis(
          .parasiteCrashed, of: event.tracee,
          "the parasite crashed by \(signal) in task \(event.tracee), before fini",
          evidence: [reading.evidence(event, "stopped by \(signal)")],
          consequences: reading.consequences(after: event),
          advice: isIllegal
            ? [
              "Compare the bytes at the program counter with the blob's: if they are equal, the processor"
                + " ran a stale instruction cache (arm64 needs the cache cleared after the blob is written)."
            ]
            : adviceOnCrashedParasite)
      ]
    }
    return []
  }

  /// A task ended while it was restored: only its parent, the tracer, says so.
  static func restoredTaskEnded(_ reading: CaseReading) -> [Diagnosis] {
    guard reading.isLogOfCRIU else { return [] }
    for (event, record) in reading.lines {
      switch record.fact {
      case .parasiteCrashed(let signal):
        let name = event.tracee.rawValue > 0 ? "task \(event.tracee)" : "a task"
        if signal.rawValue == 0x7f {
          return [
            Diagnosis(
              .unsupportedStop, of: event.tracee,
              "\(name) was stopped while it was restored, by a signal that the log does not name",
              evidence: errors(before: event, reading) + [reading.evidence(event, "stopped")],
              consequences: reading.consequences(after: event),
              advice: [
                "127 is no signal: it is the mark of a stop (0x7f), which CRIU before 3.15 printed as if it were one.",
                "Who sends it SIGSTOP or SIGTSTP? A shell, job control, or a debugger.",
              ])
          ]
        }
        // What stands before it is why: CRIU ends what it has restored after an error, and BUG() faults on purpose.
        guard errors(before: event, reading).isEmpty,
          reading.tracer.saidFailed.map({ event.sequence < $0 }) ?? true
        else { return [] }
        let log = isCrash(signal) ? nil : reading.namedLog
        return [
          Diagnosis(
            isCrash(signal) ? .restoredTaskCrashed : .killed, of: event.tracee,
            "\(name) was ended by \(signal) while it was restored"
              + (log == nil ? "" : ", most likely for an error before what is here"),
            evidence: [reading.evidence(event, "ended by \(signal)")],
            consequences: reading.consequences(after: event),
            advice: isCrash(signal)
              ? ["Was it dumped by another version, on another processor, or with other libraries?"]
              : log.map { ["Read CRIU's log, which the message names: grep -n Error \($0)"] } ?? [],
            collect: isCrash(signal)
              ? [
                "dmesg has the program counter and the address; a log with -v4 has the last that it did as"
                  + " `pie:` lines."
              ]
              : log == nil
                ? [
                  "Who sent it: signal_generate in the kernel's trace file, or dmesg (out of memory)."
                ]
                : [
                  "The lines of that log before the kill: CRIU ends what it has restored after an error."
                ])
        ]
      case .exitedWith(let code)
      where event.tracee.rawValue > 0 && reading.told(event)?.startsWithTask ?? true:
        // What it says itself before it goes is the cause.
        guard errors(before: event, reading).isEmpty,
          reading.line({ if case .unexpectedState = $0 { true } else { false } }) == nil
        else { return [] }
        return [
          Diagnosis(
            .exited, of: event.tracee,
            "task \(event.tracee) exited with \(code) while it was restored, and does not say why",
            evidence: [reading.evidence(event, "exited")],
            consequences: reading.consequences(after: event),
            collect: ["A log with -v4 has what it did last, in lines that begin with its number."])
        ]
      default: continue
      }
    }
    return []
  }

  private static func errors(before event: Event, _ reading: CaseReading) -> [Evidence] {
    reading.lines.filter {
      guard $0.record.severity == .error, $0.event.sequence < event.sequence else { return false }
      switch $0.record.fact {
      case .parasiteCrashed, .failed: return false
      default: return true
      }
    }
    .suffix(3).map { reading.evidence($0.event, "an error before it") }
  }

  static func badFrame(_ reading: CaseReading) -> [Diagnosis] {
    if let line = reading.line({ $0 == .frameRefused }) {
      return [
        frame(
          .yes, reading, reading.evidence(line.event, "the kernel refused the frame"), line.event)
      ]
    }
    guard let entry = reading.facts.sigreturnEntry, let stop = reading.facts.intervening,
      entry < stop, let event = reading.timeline.event(stop),
      case .stop(let record) = event.payload, record.signal == .segmentation
    else { return [] }
    return [
      frame(
        .yes, reading,
        Evidence(event: stop, reason: "SIGSEGV in place of the exit of rt_sigreturn"), event)
    ]
  }

  private static func frame(
    _ certainty: Diagnosis.Certainty, _ reading: CaseReading, _ evidence: Evidence, _ event: Event
  ) -> Diagnosis {
    Diagnosis(
      .badFrame, certainty, of: reading.task,
      "the kernel refused the signal frame that rt_sigreturn was to restore \(reading.name(of: event)) from",
      evidence: [evidence], consequences: reading.consequences(after: event),
      advice: ["The size of the extended state is the usual reason."],
      collect: ["dmesg says where (bad frame)."])
  }

  static func extendedState(_ reading: CaseReading) -> [Diagnosis] {
    let lines = reading.lines.filter {
      if case .floatingPointRefused = $0.record.fact { true } else { false }
    }
    // A warning tells the sizes and no more.
    let said = lines.first { $0.record.severity != .warning }
    let sizes = lines.filter { $0.record.severity == .warning }
      .map { reading.evidence($0.event, "the sizes") }
    let refused = reading.refusals.first {
      $0.call.address == RegisterSet.extendedState
        && ($0.call.request == .setRegisterSet || $0.call.request == .getRegisterSet)
        && $0.call.error != .noSuchProcess && !reading.isProbe($0.event.tracee)
    }
    guard let event = said?.event ?? refused?.event else { return [] }
    return [
      Diagnosis(
        .extendedState, of: event.tracee.rawValue > 0 ? event.tracee : reading.task,
        "the extended state (FPU, SSE, AVX) of \(reading.name(of: event)) could not be read or written",
        evidence: [
          reading.evidence(event, refused.map { refusedState($0.call) } ?? "refused")
        ] + sizes,
        consequences: reading.consequences(after: event),
        advice: [
          "This processor's state is larger than the tracer's buffer, or of another kind: compare the size"
            + " in cpuid leaf 13 with what the tracer was built for."
        ])
    ]
  }

  private static func refusedState(_ call: RequestCall) -> String {
    var words = "\(call.request) was refused\(call.error.map { " (\($0))" } ?? "")"
    if case .extendedState(let count, _) = call.detail { words += ", with room for \(count) bytes" }
    return words
  }

  /// The tracer could not write to the task's text or let it run, and nothing else tells why.
  static func notInjected(_ reading: CaseReading) -> [Diagnosis] {
    guard let line = reading.line({ $0 == .notInjected }),
      !reading.lines.contains(where: { line in
        switch line.record.fact {
        case .connectRefused, .interrupted, .stoppedUnexpectedly, .killedUnexpectedly: true
        default: false
        }
      }), !reading.tracer.showsEnds
    else { return [] }
    let name = line.event.tracee.rawValue > 0 ? "task \(line.event.tracee)" : "the task"
    return [
      Diagnosis(
        .killed, .possible, of: line.event.tracee,
        "the tracer could not make \(name) run its code: it was killed, or is not stopped any more",
        evidence: [reading.evidence(line.event, "refused")],
        consequences: reading.consequences(after: line.event),
        collect: [
          "dmesg tells of an end by the memory killer; an strace of the tracer tells which call was refused."
        ])
    ]
  }
}
