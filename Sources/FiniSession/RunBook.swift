package import FiniModel
internal import FiniProcfs
internal import FiniPtrace
package import FiniStore
package import FiniTimeline

/// The runs of one file: here each run is opened, ended and judged.
///
/// A run is judged once, when it ends: the judgement, the phases, the costs, the signals' fates and what went wrong
/// (ExplainedOnceTests) are stored with it, and that is handed on to be printed (JudgedOnceTests). No event is kept for it (JudgedAsItPassesTests). A tree is judged task by task by ``TreeRecorder``. A
/// run that was never ended, because its recorder was killed, is judged when it is read.
package struct RunBook {
  /// A moment on both clocks.
  package struct Moment {
    /// `CLOCK_MONOTONIC`.
    package var monotonic: Instant
    /// `CLOCK_REALTIME`, in nanoseconds since 1970.
    package var realtime: Int64

    /// This moment.
    package static var now: Moment {
      Moment(monotonic: Tracer.now(), realtime: Int64(Tracer.wallClock()))
    }
  }

  /// Tracer and tracee of a run that begins.
  package struct Subject {
    package var source: Source
    package var tracer: TaskIdentity
    package var tracee: TaskIdentity
    package var strategyAsked: FiniStrategy?
    package var isTree: Bool

    /// Names them.
    package init(
      source: Source, tracer: TaskIdentity, tracee: TaskIdentity,
      strategyAsked: FiniStrategy? = nil, isTree: Bool = false
    ) {
      self.source = source
      self.tracer = tracer
      self.tracee = tracee
      self.strategyAsked = strategyAsked
      self.isTree = isTree
    }
  }

  /// The file.
  package let file: TraceFile
  private let commandLine: String

  /// Opens the file, and makes it if there is none.
  package init(
    recordingTo path: String, commandLine: [String] = CommandLine.arguments
  ) throws(StoreError) {
    file = try TraceFile.openForRecording(path)
    self.commandLine = commandLine.joined(separator: " ")
  }

  // MARK: Begin

  /// Opens a run whose events are recorded as they happen.
  package func open(_ subject: Subject, at moment: Moment = .now) throws(StoreError) -> Recorder {
    try file.beginRun(
      start(
        subject, at: moment, kernelRelease: RunBook.name(.release), host: RunBook.name(.host),
        origin: .here()))
  }

  /// Opens a run that was recorded elsewhere: of the kernel and the machine there nothing is known.
  package func openImport(
    of subject: Subject, at moment: Moment
  ) throws(StoreError) -> ImportWriter {
    try file.beginImport(
      start(subject, at: moment, kernelRelease: "", host: "", origin: .elsewhere()))
  }

  /// The beginning of a session that another one stores, with the tracer's own command line.
  package func start(
    session subject: Subject, at moment: Moment, commandLine: String
  ) -> RunStart {
    start(
      subject, at: moment, kernelRelease: RunBook.name(.release), host: RunBook.name(.host),
      commandLine: commandLine, origin: .here())
  }

  private func start(
    _ subject: Subject, at moment: Moment, kernelRelease: String, host: String,
    commandLine: String? = nil, origin: RunOrigin
  ) -> RunStart {
    RunStart(
      source: subject.source, strategyAsked: subject.strategyAsked,
      commandLine: commandLine ?? self.commandLine,
      tracer: subject.tracer, tracee: subject.tracee, isTree: subject.isTree,
      toolVersion: Version.number, kernelRelease: kernelRelease, host: host,
      started: moment.monotonic,
      startedRealtime: moment.realtime, origin: origin)
  }

  /// What uname(2) says of this machine.
  private enum KernelName: String {
    case release = "osrelease"
    case host = "hostname"
  }

  private static func name(_ name: KernelName) -> String {
    guard let bytes = try? ProcFile.read("/proc/sys/kernel/\(name.rawValue)") else { return "" }
    return String(decoding: bytes.prefix { $0 != 0x0a }, as: UTF8.self)
  }

  // MARK: End

  /// Ends a cure of our own, and judges it.
  ///
  /// - Parameter taken: the strategy that the engine took, if it came to that.
  package func end(cure recorder: Recorder, taken: FiniStrategy?) throws(StoreError) -> JudgedRun {
    try recorder.flush()
    let outcome = try file.judge(recorder.run, source: .engine, subject: nil)
    var end = RunBook.end(outcome, summary: outcome.judged.judgement.summary)
    // What our own run is of, and what was done, is known without the events.
    end.subject = nil
    end.strategyTaken = taken
    try file.explain(recorder.run, outcome.judged.judgement, into: &end)
    try recorder.finish(end)
    return JudgedRun(summary: try file.run(.number(recorder.run)), judged: outcome.judged)
  }

  /// Ends a run of another tracer, and judges it.
  ///
  /// - Parameters:
  ///   - subject: the task that it is about, if that is known.
  ///   - judge: it has seen the events that have a say in the judgement of the task that the run is about; `nil` if that is
  ///     not known, and all events are to be read.
  ///   - before: how it came to its end, if that is to be told.
  ///   - unseen: what the run does not show.
  package func end(
    observed recorder: Recorder, by source: Source, of subject: TaskID?, judge: RunJudge?,
    before: String?, unseen: String?
  ) throws(StoreError) -> JudgedRun {
    try recorder.flush()
    let (outcome, end) = try observedEnd(
      of: recorder.run, by: source, subject: subject, judge: judge, before: before, unseen: unseen)
    try recorder.finish(end)
    return JudgedRun(summary: try file.run(.number(recorder.run)), judged: outcome.judged)
  }

  /// Ends a session of another tracer that is in the file, and judges it by its events there.
  ///
  /// - Parameters: as for a run that has a recorder.
  package func end(
    session run: Int64, by source: Source, before: String?, unseen: String?
  ) throws(StoreError) -> JudgedRun {
    let (outcome, end) = try observedEnd(
      of: run, by: source, subject: nil, judge: nil, before: before, unseen: unseen)
    try file.end(run, with: end)
    return JudgedRun(summary: try file.run(.number(run)), judged: outcome.judged)
  }

  private func observedEnd(
    of run: Int64, by source: Source, subject: TaskID?, judge: RunJudge?, before: String?,
    unseen: String?
  ) throws(StoreError) -> (RunJudge.Outcome, RunEnd) {
    let outcome: RunJudge.Outcome
    if let judge {
      outcome = judge.outcome()
    } else {
      outcome = try file.judge(run, source: source, subject: subject)
    }
    let pieces = [before, outcome.judged.judgement.summary, unseen].compactMap { $0 }
    var end = RunBook.end(outcome, summary: pieces.joined(separator: "; "))
    if outcome.tracees == nil { end.tracees = try file.traceesNow(of: run) }
    try file.explain(run, outcome.judged.judgement, into: &end)
    return (outcome, end)
  }

  /// Ends a tree whose tasks were judged when their turns were over.
  ///
  /// - Parameters:
  ///   - judged: what they were judged to be, by the number of the task.
  ///   - after: what is to be told after what came of the tasks.
  package func end(
    tree recorder: Recorder, judged: [Int64: JudgedTask], after: (TreeReading) -> String
  ) throws(StoreError) -> LoadedTree {
    try recorder.flush()
    let open = try LoadedTree(try file.run(.number(recorder.run)), in: file)
    var reading = try open.reading(judged: judged)
    try recorder.finish(
      RunEnd(
        verdict: reading.tasks.isEmpty ? nil : reading.verdict, frozen: reading.frozen.last,
        strategyTaken: reading.strategies.first?.strategy, exitSummary: after(reading), .now))
    var tree = try LoadedTree(try file.run(.number(recorder.run)), in: file)
    reading.isFinished = true
    tree.judged = reading
    return tree
  }

  /// Ends an import, and judges it.
  ///
  /// - Parameter judging: has seen all of its events.
  package func end(
    import writer: ImportWriter, _ judging: ImportJudge, last: Instant?,
    inputs: [ImportWriter.Input]
  ) throws(StoreError) -> JudgedRun {
    // While the other thread writes the last of it.
    var outcome = judging.outcome
    var explanation = outcome.flatMap { judging.explanation(of: $0) }
    try writer.settle()
    if outcome == nil {
      outcome = try file.judge(writer.run, source: judging.source, subject: judging.subject)
    }
    guard let outcome else { preconditionFailure("a run was judged") }
    let moment = Moment(monotonic: last ?? Instant(rawValue: 0), realtime: 0)
    var end = RunBook.end(outcome, summary: "", at: moment)
    explanation = explanation ?? judging.explanation(of: outcome)
    if let explanation {
      end.take(explanation)
    } else {
      try file.explain(writer.run, outcome.judged.judgement, into: &end)
    }
    try writer.finish(end, inputs: inputs)
    var judged = JudgedRun(summary: try file.run(.number(writer.run)), judged: outcome.judged)
    judged.others = outcome.tracees?.filter { $0.isOther(than: outcome.subject) } ?? []
    return judged
  }

  /// Ends a run again that logs were put into, and judges it by all that it has now.
  ///
  /// - Parameters:
  ///   - run: the run, as it was before.
  ///   - before: what it was judged to be.
  package func end(
    joined run: RunSummary, before: RunBefore
  ) throws(StoreError) -> JudgedRun {
    let now = try file.run(.number(run.number))
    // A run that was recorded may be about one task from its beginning.
    let isRecorded = now.source == .bpf || now.source == .ptraceObserver
    let subject = isRecorded && now.tracee.task.rawValue > 0 ? now.tracee.task : nil
    let outcome = try file.judge(run.number, source: now.source, subject: subject)
    var summary = run.exitSummary ?? ""
    if let old = before.summary, !old.isEmpty {
      summary = summary.replacing(old, with: outcome.judged.judgement.summary)
    }
    let moment = Moment(
      monotonic: run.finished ?? Instant(rawValue: run.started.rawValue &+ UInt64(run.duration)),
      realtime: run.finishedRealtime ?? 0)
    var end = RunBook.end(outcome, summary: summary, at: moment)
    if outcome.tracees == nil, now.source != .criuLog {
      end.tracees = try file.traceesNow(of: run.number)
    }
    try file.explain(run.number, outcome.judged.judgement, into: &end)
    try file.finishAgain(run.number, with: end)
    return JudgedRun(summary: try file.run(.number(run.number)), judged: outcome.judged)
  }

  private static func end(
    _ outcome: RunJudge.Outcome, summary: String, at moment: Moment = .now
  ) -> RunEnd {
    var end = RunEnd(
      judged: outcome.judged, subject: outcome.subject, strategyTaken: outcome.strategySeen,
      exitSummary: summary, finished: moment.monotonic, finishedRealtime: moment.realtime)
    end.tracees = outcome.tracees ?? []
    return end
  }
}

extension RunEnd {
  fileprivate init(
    verdict: Verdict? = nil, frozen: Int64? = nil, strategyTaken: FiniStrategy? = nil,
    exitSummary: String, _ moment: RunBook.Moment
  ) {
    self.init(
      verdict: verdict, frozen: frozen, strategyTaken: strategyTaken, exitSummary: exitSummary,
      finished: moment.monotonic, finishedRealtime: moment.realtime)
  }
}
