internal import FiniCatalogue
internal import FiniModel
internal import FiniProof

/// The rules, each for one cause: they say what they need, and with less than that answer `possible`.
///
/// None of these looks at a text, a file's name or a number that changes from run to run: what the tracer's own
/// error says is read by ``tracerError(_:)``, from the catalogue.
enum Rules {
  typealias Rule = @Sendable (CaseReading) -> [Diagnosis]

  static let all: [Rule] = [
    pendingTrap, outOfMemory, cannotBeSeized, seizeRefused, ownTree, frozenGroup, seccomp,
    unsupportedStop,
    notStopped, stopOverdue, connectDenied, faultLoop, parasiteCrashed, restoredTaskEnded,
    notInjected, badFrame,
    extendedState, interruptedCall, outsideOfParasite,
    breakpointMissed, breakpointRefused, stopInFini, takenForBreakpoint, wrongCall, endedInFini,
    logStops,
    hangs, endedInVain, interruptedWait, waitAlone, signalsAlone, tracerDied, trapBlocked,
    detachedArmed,
    leftArmed, memoryPatched, registersLeft, registersChanged, movedInCall, callNotUndone,
    callSkipped,
    blobLeft, stopLeft, keptStopped, stopUndone, signalGiven, signalLost,
    maskChanged,
    handlerLost, slowStep,
    breakpointsOff, timedOut, eventsLost, unreturnedCall, requestRefused,
    diesWithTracer, sentNowhere, neverStopped, neverTaken, wrongCaller, wrongState,
    errorTakenForAddress, askedWhileRunning,
    newbornLeft, goneByExec, noSignal, accessFailed, callsEmulated, filterUnanswered,
    refusedOnTheWay, callFailed, detachWhileRunning, askedAfterDeath, childrenKilled, heldByAnother,
  ]

  /// What the kernel's own log tells of an end by its out-of-memory killer.
  static func outOfMemory(_ reading: CaseReading) -> [Diagnosis] {
    for line in reading.told where line.message.speaker == .kernel {
      guard let kernel = KernelLine(line.message.text), kernel.fact == .outOfMemory,
        let task = kernel.task
      else { continue }
      return [
        Diagnosis(
          .killed, of: task,
          "the kernel's out-of-memory killer ended \(kernel.name ?? "task") (\(task))",
          evidence: [reading.evidence(line.event, "the kernel says so")],
          consequences: reading.consequences(after: line.event),
          advice: [
            "Give it more memory: memory.max of the control group that the line before names, or MemoryMax= of its"
              + " unit."
          ])
      ]
    }
    return []
  }

  /// Those that are asked of each task of a run, and not only of the one that it is about.
  static let ofEachTask: [Rule] = [
    stopInFini, diesWithTracer, neverStopped, takenForBreakpoint, endedInFini, breakpointMissed,
    detachedArmed, memoryPatched,
    registersLeft, registersChanged, callNotUndone, callSkipped, blobLeft, signalGiven, signalLost,
    maskChanged, handlerLost, stopUndone, callsEmulated, filterUnanswered,
  ]

  static func eventsLost(_ reading: CaseReading) -> [Diagnosis] {
    guard reading.timeline.judgement.verdict == .undetermined,
      let gap = reading.facts.gap ?? reading.tracer.gaps?.lowerBound
    else { return [] }
    return [
      Diagnosis(
        .lost, .possible, of: reading.task,
        reading.facts.gap != nil
          ? "events were lost in the middle of fini, so what happened there can't be told"
          : "events were lost, so what happened in fini can't be told",
        evidence: [Evidence(event: gap, reason: "events lost")],
        advice: ["Record again, with fewer other tracers at work."])
    ]
  }

  static func timedOut(_ reading: CaseReading) -> [Diagnosis] {
    guard let line = reading.line({ $0 == .timedOut }),
      // What it waited for in vain is the cause.
      reading.line({ if case .cannotBeSeized = $0 { true } else { false } }) == nil
    else { return [] }
    let states = reading.told.filter { $0.message.text.contains("freezer.state=") }
    if let last = states.last, !states.contains(where: { $0.message.text.contains("=FROZEN") }) {
      return [
        Diagnosis(
          .frozenGroup, of: nil,
          "the freezer cgroup did not come to FROZEN in the tracer's time: a task in it can't be frozen",
          evidence: [
            reading.evidence(last.event, "not frozen"),
            reading.evidence(line.event, "the time limit"),
          ],
          consequences: reading.consequences(after: line.event),
          advice: [
            "Look for a task of the cgroup that is in state D, stopped, traced, or the parent of a vfork:"
              + " grep State /proc/PID/status for each in cgroup.procs.",
            "More time: --timeout SECONDS.",
          ])
      ]
    }
    // What the limit cut short is named by the error that came with it.
    let isCutShort = reading.told.contains {
      $0.event.sequence > line.event.sequence && $0.match?.entry.kind == .error
        && $0.message.text.contains("Interrupted system call")
    }
    if isCutShort { return [] }
    return [
      Diagnosis(
        .timedOut, of: reading.task,
        "the tracer gave up at its own time limit" + gone(after: line.event, reading),
        evidence: [reading.evidence(line.event, "the time limit")],
        consequences: reading.consequences(after: line.event),
        advice: ["Look at the state and /proc/PID/wchan of the tasks that it waited for."])
    ]
  }

  /// The task that was not there any more when it was let go after that.
  private static func gone(after limit: Event, _ reading: CaseReading) -> String {
    let line = reading.lines.first {
      $0.event.sequence > limit.sequence && $0.record.fact == .detachRefused(error: .noSuchProcess)
        && $0.event.tracee.rawValue > 0
    }
    return line.map { "; task \($0.event.tracee) was gone, or ran, when it was to be let go" } ?? ""
  }

  static func breakpointsOff(_ reading: CaseReading) -> [Diagnosis] {
    if let line = reading.line({ if case .breakpointsBroken = $0 { true } else { false } }) {
      return [
        Diagnosis(
          .breakpointsOff, of: nil,
          "the tracer's own probe found no hardware breakpoint that fires, and it traced system calls",
          evidence: [reading.evidence(line.event, "the probe")],
          advice: ["Fini is slower that way and otherwise the same."], isHarmless: true)
      ]
    }
    guard let line = reading.line({ $0 == .breakpointsOff }) else { return [] }
    return [
      Diagnosis(
        .breakpointsOff, of: reading.task,
        "the tracer went without breakpoints and traced system calls",
        evidence: [reading.evidence(line.event, "breakpoints are off")], isHarmless: true)
    ]
  }

  /// One call that took as long as hundreds of its kind.
  static func slowStep(_ reading: CaseReading) -> [Diagnosis] {
    var durations: [PtraceRequest: [Int64]] = [:]
    var all: [Int64] = []
    var slowest: (event: Event, call: RequestCall)?
    for event in reading.events {
      guard case .request(let call) = event.payload, !reading.isProbe(event.tracee) else {
        continue
      }
      durations[call.request, default: []].append(event.duration)
      all.append(event.duration)
      if event.duration > slowest?.event.duration ?? 0 { slowest = (event, call) }
    }
    guard let slowest, slowest.event.duration >= 5_000_000, all.count >= 3 else { return [] }
    var kind = durations[slowest.call.request] ?? []
    // One alone has nothing to be compared with but the others.
    if kind.count < 3 { kind = all }
    kind.sort()
    let median = kind[(kind.count - 1) / 2]
    guard slowest.event.duration > 20 * max(median, 1) else { return [] }
    let took = CaseReading.words(nanoseconds: slowest.event.duration)
    let usual = CaseReading.words(nanoseconds: median)
    let step = words(for: slowest.call)
    return [
      Diagnosis(
        .slowStep, of: slowest.event.tracee,
        "one step took \(took): \(step); the middle one of its kind took \(usual)",
        evidence: [Evidence(event: slowest.event.sequence, reason: "\(step) took \(took)")],
        advice: [
          "The time was spent in the kernel, in that call: compare with the tracer's way without it"
            + " (CRIU_FAULT=130 goes without breakpoints), and with another kernel."
        ],
        // One hiccup in a run that went well, or of which a part is lost, is the machine's; one that is
        // most of it is not.
        isHarmless: !isMost(slowest.event, reading)
          && (reading.timeline.judgement.verdict == .landed || reading.endedWell
            || reading.tracer.gaps != nil)
      )
    ]
  }

  /// Whether a call took at least 20 ms, and more than half of the time for which its task was traced.
  private static func isMost(_ event: Event, _ reading: CaseReading) -> Bool {
    guard let steps = reading.tracer.steps[event.tracee],
      let first = reading.timeline.event(steps.lowerBound),
      let last = reading.timeline.event(steps.upperBound)
    else { return false }
    let span = last.left.rawValue &- first.entered.rawValue
    return event.duration >= 20_000_000 && UInt64(event.duration) > span / 2
  }

  private static func words(for call: RequestCall) -> String {
    switch call.debugRegisterWrite {
    case .control(let control): control.enablesAny ? "arming DR7" : "disarming DR7"
    case .address(let slot, _): "writing DR\(slot)"
    case .status: "writing DR6"
    case nil: call.writesArmBreakpoints ? "arming the breakpoint" : "\(call.request)"
    }
  }
}
