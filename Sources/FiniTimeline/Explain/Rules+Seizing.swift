internal import FiniCatalogue
internal import FiniModel
internal import FiniProof

/// What keeps a tracer from beginning.
extension Rules {
  /// A SIGTRAP that waits: the tracer could not tell it from its own.
  static func pendingTrap(_ reading: CaseReading) -> [Diagnosis] {
    if let line = reading.line({ $0 == .trapPending }) {
      return [
        diagnosis(
          .yes, reading, line.event, reading.evidence(line.event, "the tracer refuses the task"))
      ]
    }
    // Seized, stopped, looked at and let go at once, with a SIGTRAP in the queue.
    for event in reading.events {
      guard case .signal(let record) = event.payload, record.fate == .pending,
        record.info.signal == .trap, reading.facts.interrupt == nil
      else { continue }
      return [
        diagnosis(
          .possible, reading, event, Evidence(event: event.sequence, reason: "SIGTRAP is pending"))
      ]
    }
    return letGoAtOnce(reading)
  }

  /// A tracer that seizes a task and lets it go without a look at its registers saw something in /proc.
  private static func letGoAtOnce(_ reading: CaseReading) -> [Diagnosis] {
    guard reading.facts.interrupt == nil, let task = reading.task,
      let detach = reading.facts.detached, !reading.isProbe(task)
    else { return [] }
    let hasRefusedTask = reading.refusals.contains { $0.call.request == .seize }
    // A log beside it would tell, and tells of something else.
    let hasError = reading.lines.contains { $0.record.severity == .error }
    guard reading.account.handled == nil, reading.account.optionsSet != nil, !hasRefusedTask,
      !hasError, reading.account.seized != nil, let event = reading.timeline.event(detach)
    else { return [] }
    return [
      diagnosis(
        .possible, reading, event,
        Evidence(
          event: detach,
          reason: "let go right after the first stop, before anything of the task was read"))
    ]
  }

  private static func diagnosis(
    _ certainty: Diagnosis.Certainty, _ reading: CaseReading, _ event: Event, _ evidence: Evidence
  ) -> Diagnosis {
    let task = event.tracee.rawValue > 0 ? event.tracee : reading.task
    let name = task.map { "task \($0)" } ?? "a task"
    return Diagnosis(
      .pendingTrap, certainty, of: task,
      certainty == .yes
        ? "\(name) was refused because a SIGTRAP is pending for it"
        : "\(name) was let go right after it was stopped; a pending SIGTRAP would explain that",
      evidence: [evidence], consequences: reading.consequences(after: event),
      advice: [
        "See SigPnd and ShdPnd in /proc/PID/status: bit 4 is SIGTRAP.",
        "The task must take its SIGTRAP first: it is blocked, or another debugger left it there.",
      ])
  }

  /// The tracer looked at the state of a task that it did not get.
  static func cannotBeSeized(_ reading: CaseReading) -> [Diagnosis] {
    var found: [Diagnosis] = []
    for (event, record) in reading.lines {
      guard case .cannotBeSeized(let state) = record.fact,
        !found.contains(where: { $0.task == event.tracee })
      else { continue }
      let evidence = [reading.evidence(event, "the state of the task")]
      let consequences = reading.consequences(after: event)
      let name = "task \(event.tracee)"
      switch state {
      case UInt8(ascii: "t"):
        found.append(
          Diagnosis(
            .alreadyTraced, of: event.tracee,
            "\(name) is traced by \(holder(in: event, reading)) already, and a task has one tracer at most",
            evidence: evidence + seizures(of: event.tracee, reading), consequences: consequences,
            advice: [
              "TracerPid in /proc/\(event.tracee)/status names the tracer: end it, or let it detach."
            ]))
      case UInt8(ascii: "D"):
        found.append(
          Diagnosis(
            .uninterruptible, of: event.tracee,
            "\(name) sleeps uninterruptibly (state D) and can't be stopped",
            evidence: evidence, consequences: consequences,
            advice: [
              "See /proc/\(event.tracee)/wchan and stack: the parent of a vfork waits like this, as"
                + " does who waits for a disk or for NFS."
            ]))
      case UInt8(ascii: "Z"), UInt8(ascii: "X"):
        found.append(zombie(event, reading))
      default:
        let match = reading.told(event)?.match
        found.append(
          Diagnosis(
            .seizeRefused, entry: match?.entry.name, of: event.tracee,
            match?.meaning.loweredFirst ?? "\(name) could not be seized", evidence: evidence,
            consequences: consequences, advice: match?.advice ?? []))
      }
    }
    // CRIU says that it found a zombie wherever a seize of a frozen task failed, without a look at the state.
    let isGuess = reading.line {
      if case .seizeRefused(let error) = $0 { error != .noSuchProcess } else { false }
    }
    if found.isEmpty, isGuess == nil, let line = reading.line({ $0 == .isZombie }) {
      found.append(zombie(line.event, reading))
    }
    return found
  }

  /// The tracer that holds a task, where the line that tells of it names one.
  private static func holder(in event: Event, _ reading: CaseReading) -> String {
    guard let text = reading.texts[event.sequence], text.hasPrefix("TracerPid: "),
      let number = Int32(text.dropFirst("TracerPid: ".count))
    else { return "another tracer" }
    return "task \(number)"
  }

  private static func zombie(_ event: Event, _ reading: CaseReading) -> Diagnosis {
    Diagnosis(
      .zombie, of: event.tracee,
      "\(event.tracee.rawValue > 0 ? "task \(event.tracee)" : "a task or thread") is dead and not reaped: a zombie, or a leader whose threads live on",
      evidence: [reading.evidence(event, "it is a zombie")],
      consequences: reading.consequences(after: event),
      advice: ["Its parent must wait for it; a process with a dead leader can't be dumped."])
  }

  private static func seizures(of task: TaskID, _ reading: CaseReading) -> [Evidence] {
    guard
      let refusal = reading.refusals.first(where: {
        $0.event.tracee == task && $0.call.request.kind == .seize
      })
    else { return [] }
    return [
      Evidence(
        event: refusal.event.sequence,
        reason: "\(refusal.call.request) = \(refusal.call.error.map { "\($0)" } ?? "?")")
    ]
  }

  /// The kernel refused, and the recording does not show why.
  static func seizeRefused(_ reading: CaseReading) -> [Diagnosis] {
    let explained = Set(
      reading.lines.compactMap { line -> TaskID? in
        if case .cannotBeSeized = line.record.fact { line.event.tracee } else { nil }
      })
    // A process can't trace itself: that it was refused follows from that.
    if reading.line({ $0 == .isOurselves }) != nil { return [] }
    if !reading.endedWell || reading.isAllRefused, let refusal = reading.tracedByStrace {
      let event = refusal.event
      return [
        Diagnosis(
          .alreadyTraced, of: event.tracee.rawValue > 0 ? event.tracee : nil,
          "the strace that made this log traced the tracer's children itself, and a task has one tracer at most",
          evidence: [Evidence(event: event.sequence, reason: "\(refusal.call.request) = EPERM")],
          consequences: reading.consequences(after: event),
          advice: ["Make the log again without -f: strace -o FILE -ttt -v TRACER ..."])
      ]
    }
    var found: [TaskID: Diagnosis] = [:]
    for refused in reading.refusals {
      let (event, call) = (refused.event, refused.call)
      guard call.request == .seize || call.request.kind == .attach, found[event.tracee] == nil,
        !explained.contains(event.tracee),
        reading.tracer.taken[event.tracee].map({ $0 > event.sequence }) ?? true
      else { continue }
      found[event.tracee] = refusal(
        of: event, call.error, reading,
        Evidence(
          event: event.sequence, reason: "\(call.request) = \(call.error.map { "\($0)" } ?? "?")"))
    }
    if found.isEmpty, explained.isEmpty {
      for (event, record) in reading.lines {
        guard case .seizeRefused(let error) = record.fact, found[event.tracee] == nil else {
          continue
        }
        found[event.tracee] = refusal(
          of: event, error, reading, reading.evidence(event, "seizing was refused"))
      }
    }
    let all = found.sorted { $0.key < $1.key }.map { $0.value }
    return all.filter { !$0.isHarmless } + together(all.filter(\.isHarmless))
  }

  /// One note for all that the tracer went on without.
  private static func together(_ notes: [Diagnosis]) -> [Diagnosis] {
    guard notes.count > 1, let first = notes.first else { return notes }
    let names = notes.prefix(6).compactMap { $0.task.map { "\($0)" } }.joined(separator: ", ")
    let more = notes.count > 6 ? ", ..." : ""
    var one = first
    one.task = nil
    one.certainty = .possible
    one.sentence =
      "\(notes.count) tasks (\(names)\(more)) could not be seized, and the tracer went on without them"
    one.evidence = notes.prefix(6).flatMap(\.evidence)
    return [one]
  }

  private static func refusal(
    of event: Event, _ error: Errno?, _ reading: CaseReading, _ evidence: Evidence
  ) -> Diagnosis {
    let name = "task \(event.tracee)"
    // Threads come and go: one that was gone is a cause only where the tracer failed and tells no other.
    let isSurvived =
      reading.endedWell || reading.wentOn(after: event)
      || error == .noSuchProcess && (reading.hasOwnError || !reading.hasFailed)
    // A tracer that could take hold of no task at all came to nothing, whatever it exited with.
    if isSurvived, !reading.isAllRefused {
      return Diagnosis(
        .zombie, .possible, of: event.tracee,
        error == .noSuchProcess
          ? "\(name) was gone when it was to be seized, and the tracer went on without it"
          : "\(name) could not be seized, and the tracer went on without it: it is dead, most likely",
        evidence: [evidence], isHarmless: true)
    }
    let consequences = reading.consequences(after: event)
    if error == .notPermitted, let end = reading.tracer.reportedEnd(of: event.tracee),
      end.event.sequence < event.sequence
    {
      return Diagnosis(
        .zombie, of: event.tracee,
        "\(name) had ended before it was to be seized: a zombie can't be traced (EPERM)",
        evidence: [
          Evidence(event: end.event.sequence, reason: "SIGCHLD told of its end"), evidence,
        ],
        consequences: consequences)
    }
    switch error {
    case .noSuchProcess?:
      return Diagnosis(
        .seizeRefused, of: event.tracee, "\(name) was gone when it was to be seized (ESRCH)",
        evidence: [evidence], consequences: consequences,
        advice: ["Is the number right, and is it one of this PID namespace? ps -p \(event.tracee)"])
    case .invalidArgument?, Errno(rawValue: 38)?, .ioError?:
      return Diagnosis(
        .seizeRefused, of: event.tracee,
        "\(name) could not be seized (\(error ?? .invalidArgument)): this kernel does not have PTRACE_SEIZE, or not these options",
        evidence: [evidence], consequences: consequences,
        advice: [
          "PTRACE_SEIZE is there since Linux 3.4, PTRACE_O_SUSPEND_SECCOMP since 4.3: uname -r",
          "Emulations of the kernel (gVisor, WSL1) do not have all of ptrace.",
        ])
    default:
      return Diagnosis(
        .alreadyTraced, .possible, of: event.tracee,
        "\(name) could not be seized\(error.map { " (\($0))" } ?? ""): another tracer, a dead task, or a rule forbids it",
        evidence: [evidence], consequences: consequences,
        advice: reading.isRestore
          ? [
            "The restored tasks are gone: the tracer ended them. Was the restore itself run under strace or gdb, or"
              + " does ptrace_scope or a security module forbid it? sysctl kernel.yama.ptrace_scope; dmesg"
          ]
          : [
            "grep -E 'TracerPid|State' /proc/\(event.tracee)/status tells which; dmesg tells of a denial.",
            "sysctl kernel.yama.ptrace_scope: above 0 only a parent or root may trace; a container needs --cap-add=SYS_PTRACE.",
          ])
    }
  }

  /// The first wait after the seizing told of something that is no stop, or of another task.
  static func notStopped(_ reading: CaseReading) -> [Diagnosis] {
    guard let line = reading.line({ $0 == .notStopped || $0 == .waitMismatch || $0 == .stillRuns })
    else { return [] }
    let name = line.event.tracee.rawValue > 0 ? "task \(line.event.tracee)" : "the task"
    // The detach that follows finds no task that is stopped.
    let isGone = reading.lines.contains {
      guard case .detachRefused(let error) = $0.record.fact else { return false }
      return error == .noSuchProcess && $0.event.tracee == line.event.tracee
    }
    let sentence: String
    switch line.record.fact {
    case .waitMismatch: sentence = "a wait of the tracer told of another task than \(name)"
    case .notStopped:
      sentence =
        "\(name) was not stopped after it was seized: it ended at that moment"
        + (isGone ? "" : ", or ran on")
    default:
      sentence =
        "\(name) did not stop where its tracer needs it stopped: it ended just then, or ran on"
    }
    return [
      Diagnosis(
        .seizeRefused, line.record.fact == .notStopped ? .yes : .possible, of: line.event.tracee,
        sentence,
        evidence: [reading.evidence(line.event, "the wait told of no stop")],
        consequences: reading.consequences(after: line.event),
        collect: [
          "An strace of the tracer shows the wait status that came instead of the stop."
        ])
    ]
  }

  static func ownTree(_ reading: CaseReading) -> [Diagnosis] {
    guard let line = reading.line({ $0 == .isOurselves }) else { return [] }
    return [
      Diagnosis(
        .ownTree, of: nil, "the tracer is itself below the process that it was to dump",
        evidence: [reading.evidence(line.event, "it found itself")],
        consequences: reading.consequences(after: line.event)
          + reading.lines.filter {
            if case .seizeRefused = $0.record.fact { true } else { false }
          }.map { reading.evidence($0.event, "a process can't trace itself") },
        advice: ["Start it from outside of that tree, with setsid for example."])
    ]
  }

  static func frozenGroup(_ reading: CaseReading) -> [Diagnosis] {
    guard let line = reading.line({ $0 == .freezerFailed }) else { return [] }
    return [
      Diagnosis(
        .frozenGroup, of: nil, "the control group of the tasks could not be frozen",
        evidence: [reading.evidence(line.event, "the freezer")],
        consequences: reading.consequences(after: line.event),
        advice: [
          "A task of it in state D, or a freezer that another program holds, would explain that."
        ])
    ]
  }

  static func seccomp(_ reading: CaseReading) -> [Diagnosis] {
    let said = reading.line { if case .seccompNotSuspended = $0 { true } else { false } }
    // PTRACE_O_SUSPEND_SECCOMP.
    let refused = reading.refusals.first { refused in
      (refused.call.request == .seize || refused.call.request == .setOptions)
        && refused.call.data & PtraceOption.suspendSeccomp != 0
        && refused.call.error != .noSuchProcess
        // Refused without it, too: the option was not why.
        && !reading.refusals.contains {
          $0.event.tracee == refused.event.tracee && $0.call.request == .seize
            && $0.call.data & PtraceOption.suspendSeccomp == 0
        }
    }
    guard let event = said?.event ?? refused?.event else { return [] }
    var error = refused?.call.error
    if case .seccompNotSuspended(let told)? = said?.record.fact { error = told ?? error }
    let why: String
    let advice: [String]
    switch error {
    case .invalidArgument?:
      why = " (EINVAL): this kernel does not have PTRACE_O_SUSPEND_SECCOMP (Linux 4.3)"
      advice = [
        "uname -r; from 4.3 on the kernel needs CONFIG_CHECKPOINT_RESTORE and CONFIG_SECCOMP_FILTER.",
        "Or run the program without a filter: --security-opt seccomp=unconfined",
      ]
    case .notPermitted?, .accessDenied?:
      why = " (\(error ?? .notPermitted)): the tracer lacks CAP_SYS_ADMIN, or has a filter itself"
      advice = [
        "Give the tracer CAP_SYS_ADMIN in the first user namespace.",
        "A tracer in a container with a seccomp profile (WSL2, Docker Desktop) may not: run it on the host, or with"
          + " --security-opt seccomp=unconfined",
      ]
    default:
      why = error.map { " (\($0))" } ?? ""
      advice = [
        "The tracer needs CAP_SYS_ADMIN, must not be under seccomp itself, and the kernel must be 4.3 or later."
      ]
    }
    return [
      Diagnosis(
        .seccomp, of: event.tracee.rawValue > 0 ? event.tracee : reading.task,
        "seccomp of \(reading.name(of: event)) could not be suspended\(why)",
        evidence: [reading.evidence(event, "PTRACE_O_SUSPEND_SECCOMP was refused")],
        consequences: reading.consequences(after: event), advice: advice,
        isHarmless: said == nil && reading.endedWell)
    ]
  }
}
