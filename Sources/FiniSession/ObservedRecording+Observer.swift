internal import FiniModel
internal import FiniObservers
internal import FiniProcfs
internal import FiniPtrace
internal import FiniStore
internal import FiniTimeline

/// What is asked of an observer while another tracer is watched, by BPF or by tracing it.
extension ObservedRecording {
  /// Of how many held tasks a snapshot is made when a tracer hangs.
  static let mostLooks = 16

  /// Takes what was seen within `timeout` ms.
  mutating func take<Watch: Observer & ~Copyable>(
    from observer: inout Watch, timeout: Int32
  ) throws {
    let events = observer.next(timeout: timeout)
    try take(events, naming: observer.takeMentioned())
    if observer.releases > releases {
      releases = observer.releases
      try noteState(by: &observer)
    }
  }

  /// What the process has of its own before a tracer comes and after it has gone: its handlers.
  mutating func noteState<Watch: Observer & ~Copyable>(by observer: inout Watch) throws {
    let task = subject.task
    guard let look = HangSnapshot(of: task) else { return }
    try take(observer.note(look.snapshot, of: task, at: Tracer.now()), naming: [])
  }

  /// What the tracer and the victim do while the tracer does not end.
  mutating func snapshot<Watch: Observer & ~Copyable>(
    by observer: inout Watch, of command: TaskID?
  ) throws {
    for call in observer.callsUnderWay {
      tell(
        .inCall(
          task: call.task, number: call.number, target: call.target, Tracer.now() - call.entered))
    }
    var tasks = [subject.task] + observer.held.prefix(ObservedRecording.mostLooks)
    tasks += [observer.lastTracer, command].compactMap { $0 }
    var seen: Set<TaskID> = []
    for task in tasks where seen.insert(task).inserted {
      guard var look = HangSnapshot(of: task) else { continue }
      let events = observer.note(look.snapshot, of: task, at: Tracer.now())
      let told = events.last { $0.tracee == task && $0.kind == .snapshot }
      if case .snapshot(let snapshot) = told?.payload { look.snapshot = snapshot }
      tell(.snapshot(look.sentence))
      try take(events, naming: observer.takeMentioned())
      // What it sleeps in has no column. An event that is not settled yet has no number for it.
      if let run = recorder?.run, let told {
        try book.file.keep(text: look.sentence, of: told.sequence, in: run)
      }
    }
  }

  /// Takes the last of what was seen, ends the run, and tells the verdict.
  ///
  /// - Returns: the run; `nil` if it never began.
  mutating func finish<Watch: Observer & ~Copyable>(
    with observer: inout Watch, reason: String?, logs: TracerLogs? = nil
  ) throws -> JudgedRun? {
    let events = observer.finish()
    try take(events, naming: observer.takeMentioned())
    guard
      let run = try finish(
        reason: reason, shortcoming: observer.shortcoming, logs: logs?.found ?? [])
    else { return nil }
    if observer.lost > 0 { tell(.lost(observer.lost)) }
    tell(.judged(run: run.summary.number, run.judged.judgement.summary))
    if let unseen = unseen(observer.shortcoming) { tell(.unseen(unseen)) }
    return run
  }
}
