package import FiniModel
internal import FiniObservers
internal import FiniProcfs
internal import FiniPtrace
internal import FiniStore

/// Waits for a tracer that another program starts, and records until it leaves.
package struct TracerWatch {
  /// What came of it.
  package struct Result {
    /// How it ended.
    let end: WatchEnd
    /// The run, judged.
    let run: JudgedRun
  }

  private let options: WatchOptions
  private let task: TaskID
  private let tell: (Notice) -> Void

  /// Gets ready to watch a process.
  package init(_ task: TaskID, _ options: WatchOptions, tell: @escaping (Notice) -> Void) {
    self.task = task
    self.options = options
    self.tell = tell
  }

  /// Watches.
  ///
  /// - Throws: `StoreError`, or ``SessionError``, also where no tracer came.
  package func run() throws -> Result {
    let subject = try Victims.identify(task)
    var observer = try watcher()
    let book = try RunBook(recordingTo: options.path)
    WatchOptions.hurry()
    Tracer.blockSignals(interrupts: true)
    var recording = ObservedRecording(of: subject, by: .bpf, in: book, tell: tell)
    try recording.noteState(by: &observer)
    tell(.watches(subject))
    let end = try follow(subject, &observer, &recording)
    if end != .left, !observer.held.isEmpty { try recording.snapshot(by: &observer, of: nil) }
    guard let run = try recording.finish(with: &observer, reason: end.words) else {
      throw SessionError.notTraced(task, end)
    }
    return Result(end: end, run: run)
  }

  private func follow(
    _ subject: TaskIdentity, _ observer: inout BPFObserver, _ recording: inout ObservedRecording
  ) throws -> WatchEnd {
    let clock = Patience(options.timeout)
    var leaving: Patience?
    while true {
      try recording.take(from: &observer, timeout: WatchOptions.interval)
      if let tracer = observer.lastTracer {
        try recording.begin(
          tracer: (try? TaskIdentity(reading: tracer))
            ?? TaskIdentity(task: tracer, startTicks: nil, name: ""))
      }
      if LaunchedCommand.takeInterrupt() != nil { return .interrupted }
      if clock.isOver { return .timedOut }
      if observer.lastTracer != nil, observer.held.isEmpty {
        if leaving == nil { leaving = Patience(nanoseconds: WatchOptions.patience) }
        if leaving?.isOver == true { return .left }
      } else {
        leaving = nil
        if observer.held.isEmpty, isGone(subject) { return .ended(subject.task) }
      }
    }
  }

  /// Which other tasks to trace is not known yet.
  private func watcher() throws(SessionError) -> BPFObserver {
    do { return try options.loadBPF() } catch { throw .watchRefused(error, of: task) }
  }

  private func isGone(_ subject: TaskIdentity) -> Bool {
    guard let stat = try? TaskStat(of: subject.task) else { return true }
    return stat.startTicks != subject.startTicks || stat.isDead
  }
}
