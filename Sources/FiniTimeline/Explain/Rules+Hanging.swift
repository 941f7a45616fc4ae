internal import FiniModel
internal import FiniProof

/// A tracer that waited for something that could not come, until somebody ended it.
extension Rules {
  /// The signals by which a tracer that hangs is ended, by a person or by a time limit.
  private static let endings: Set<Signal> = [
    .interrupt, .terminate, .hangUp, .quit, .kill, .alarm,
  ]

  /// The last wait of a tracer that was ended in it, or just after it.
  static func lastWait(
    _ reading: CaseReading
  ) -> (event: Event, target: TaskID, waited: Int64, by: Signal)? {
    guard reading.source == .strace, let end = reading.tracer.end,
      case .killed(let signal, _) = end.ending, endings.contains(signal),
      let last = reading.events.last(where: {
        $0.sequence < end.event.sequence && $0.tracer == end.event.tracer && $0.kind.isCall
      }), case .wait(let call) = last.payload, call.options & WaitCall.noHang == 0
    else { return nil }
    let waited = end.event.entered - last.entered
    guard waited >= ForeignStream.hang else { return nil }
    return (last, call.target, waited, signal)
  }

  /// Whether another rule tells what the tracer hung on, or failed by, before it was ended.
  static func isHung(_ reading: CaseReading) -> Bool {
    !newbornLeft(reading).isEmpty || !noSignal(reading).isEmpty || !goneByExec(reading).isEmpty
      || !endedInVain(reading).isEmpty
  }

  /// What the tracer itself had left undone, so that its wait could not end.
  static func endedInVain(_ reading: CaseReading) -> [Diagnosis] {
    guard let wait = lastWait(reading), newbornLeft(reading).isEmpty, noSignal(reading).isEmpty,
      goneByExec(reading).isEmpty
    else { return [] }
    func diagnosis(_ task: TaskID, _ words: String, _ evidence: [Evidence], _ advice: String)
      -> Diagnosis
    {
      let waited = CaseReading.words(nanoseconds: wait.waited)
      return Diagnosis(
        .hangs, of: task, "the tracer hung \(waited) until \(wait.by) ended it: \(words)",
        evidence: evidence
          + [Evidence(event: wait.event.sequence, reason: "the wait, which lasted \(waited)")],
        advice: [advice])
    }
    // A stop is told where its classification is sure, which may be after the end: its time counts.
    let before = reading.events.filter {
      $0.entered < wait.event.entered && $0.sequence != wait.event.sequence
    }
    func has(_ task: TaskID, _ kinds: (Event) -> Bool) -> Bool {
      before.contains { $0.tracee == task && kinds($0) }
    }
    for (task, event) in reading.tracer.reportedStops.sorted(by: { $0.key < $1.key })
    where before.contains(where: { $0.sequence == event }) && task != wait.target
      && !has(task, { $0.kind.isCall || $0.kind == .stop })
    {
      return [
        diagnosis(
          task, "task \(task) had stopped, and was never waited for",
          [Evidence(event: event, reason: "SIGCHLD told of its stop")],
          "Wait for every task that is traced: waitpid with -1, or one wait for each.")
      ]
    }
    // A request that was to let it run, and did not.
    let refused = before.last {
      guard $0.tracer == wait.event.tracer, case .request(let call) = $0.payload,
        call.request.resumes, call.error != nil, call.error != .noSuchProcess
      else { return false }
      return wait.target == $0.tracee || wait.target.rawValue <= 0
    }
    if let refused, case .request(let call) = refused.payload, let error = call.error,
      !before.contains(where: {
        $0.tracee == refused.tracee && $0.sequence > refused.sequence && $0.isGranted
      })
    {
      return [
        diagnosis(
          refused.tracee,
          "\(call.request) of task \(refused.tracee) failed (\(error)), so it stands stopped",
          [Evidence(event: refused.sequence, reason: "\(call.request) = \(error)")],
          "Look at the result of each request: one that fails leaves the task stopped.")
      ]
    }
    if let unmapped = nothingMapped(before, wait.target, reading) {
      let (event, call, words) = unmapped
      let isBreakpoint = call.request.kind == .poke && call.data & 0xff == 0xcc
      return [
        Diagnosis(
          .hangs, of: event.tracee,
          words + (isBreakpoint ? "; no breakpoint was set" : ""),
          evidence: [
            Evidence(event: event.sequence, reason: "\(call.request) = \(call.error ?? .ioError)"),
            Evidence(
              event: wait.event.sequence,
              reason:
                "the wait, which lasted \(CaseReading.words(nanoseconds: wait.waited)) until \(wait.by)"
            ),
          ],
          advice: (call.address < CaseReading.lowestLinked
            ? ["It looks like an address within a file: add the load address of /proc/PID/maps."]
            : [])
            + ["Look at the result of each PTRACE_PEEKTEXT and PTRACE_POKETEXT."])
      ]
    }
    for task in reading.tracer.held.sorted() where task != wait.target && wait.target.rawValue > 0 {
      guard let last = before.last(where: { $0.tracee == task && $0.isStopOrResume }),
        case .stop(let stop) = last.payload
      else { continue }
      return [
        diagnosis(
          task, "task \(task) stands stopped, and was never let run",
          [Evidence(event: last.sequence, reason: "\(stop.stopClass.name) of task \(task)")],
          "Let each task run (PTRACE_CONT) or go (PTRACE_DETACH) before you wait for another one.")
      ]
    }
    let task = wait.target
    guard reading.tracer.taken[task] != nil, has(task, { $0.isSeize }),
      !has(task, { $0.kind == .stop || $0.kind == .interrupt })
    else { return [] }
    let isSent = before.contains {
      guard $0.tracee == task, case .signal(let record) = $0.payload else { return false }
      return record.fate == .generated
    }
    guard !isSent else { return [] }
    return [
      diagnosis(
        task, "it waited for task \(task), which it had seized and never interrupted",
        before.filter { $0.tracee == task && $0.isSeize }.suffix(1).map {
          Evidence(event: $0.sequence, reason: "PTRACE_SEIZE, which stops nothing")
        }, "After PTRACE_SEIZE a task runs on: PTRACE_INTERRUPT stops it.")
    ]
  }

  /// The last word that could not be written, or else read, of a task in which nothing was changed: what its tracer
  /// then waits for it did not set.
  private static func nothingMapped(
    _ before: [Event], _ target: TaskID, _ reading: CaseReading
  ) -> (event: Event, call: RequestCall, words: String)? {
    guard reading.account.changed == nil else { return nil }
    var found: (event: Event, call: RequestCall, words: String)?
    for event in before where target.rawValue <= 0 || event.tracee == target {
      guard event.tracee == reading.task, case .request(let call) = event.payload else { continue }
      if let words = Self.words(forUnmapped: call, of: event.tracee) {
        if found == nil || call.request.kind == .poke { found = (event, call, words) }
      }
    }
    return found
  }
}

extension Event {
  fileprivate var isStopOrResume: Bool {
    switch payload {
    case .stop: true
    case .request(let call): call.error == nil && (call.request.resumes || call.request == .listen)
    default: false
    }
  }

  fileprivate var isSeize: Bool {
    guard case .request(let call) = payload else { return false }
    return call.request == .seize && call.error == nil
  }
}
