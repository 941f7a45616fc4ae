package import FiniModel
package import FiniStore
package import FiniTimeline

/// A run of one task as it is shown: its events are read passage by passage, and only those that are asked for.
///
/// A run that was judged when it ended needs no other event than those (ShownRunTests counts the rows); one that was not
/// is read whole.
package struct ShownRun {
  /// What is known of it without its events.
  package let outline: RunOutline
  /// What is stored with it.
  package let header: RunHeader
  private let events: Events

  private enum Events {
    case read(Timeline)
    case stored(StoredEvents)
  }

  /// Looks a run up, to show what a filter selects.
  ///
  /// - Throws: `StoreError`; ``SessionError`` if there is no such task, or no event to show the neighbours of.
  package init(_ summary: RunSummary, in file: TraceFile, showing filter: TimelineFilter) throws {
    // Of another tracer's run one task can be shown as if the run was about it.
    let isOfOne = summary.source != .engine && filter.tasks.count == 1
    let task = isOfOne ? filter.tasks.first : nil
    if summary.isAbout(task),
      let (number, judged) = try file.judged(of: summary.number, with: .senders).first,
      judged.isLetGo != nil
    {
      let stored = StoredEvents(file: file, run: summary, task: number)
      try stored.require(filter, isOfOne)
      let outline = RunOutline(
        subject: summary.judgedTask, judged: judged, start: summary.firstEntered,
        tracer: try file.firstTracer(of: summary.number, among: PassageReader.usualLength),
        last: UInt32(clamping: summary.eventCount),
        tracees: summary.source == .engine ? [] : try file.tracees(of: summary.number))
      self.init(outline: outline, header: RunHeader(summary), events: .stored(stored))
    } else {
      let run = try LoadedRun(summary, in: file, task: task)
      self.init(run)
      if !isOfOne, !filter.tasks.isEmpty {
        let tracees = summary.source == .engine ? [] : Subjects(in: run.timeline.events).all
        for task in filter.tasks.sorted() { try summary.require(task, among: tracees) }
      }
      if let around = filter.around, run.timeline.event(around) == nil {
        throw summary.without(event: around)
      }
    }
  }

  /// A run whose events were read.
  package init(_ run: LoadedRun) {
    self.init(outline: run.timeline.outline, header: run.header, events: .read(run.timeline))
  }

  private init(outline: RunOutline, header: RunHeader, events: Events) {
    self.outline = outline
    self.header = header
    self.events = events
  }

  /// Hands out what a filter selects, in order.
  ///
  /// - Parameter body: takes a passage, and those of its events that are to be shown.
  /// - Throws: `StoreError`, or what `body` throws.
  package func forEachPassage(
    matching filter: TimelineFilter, _ body: (_ shown: [Event], Passage) throws -> Void
  ) throws {
    switch events {
    case .read(let timeline): try body(filter.events(of: timeline), timeline.passage)
    case .stored(let stored):
      for range in try stored.ranges(filter, outline) {
        try stored.forEachPassage(in: range, filter, outline, body)
      }
    }
  }
}

extension RunSummary {
  /// The task that its judgement is on; a log may be about none.
  fileprivate var judgedTask: TaskID? {
    let task = (subject ?? tracee).task
    return eventCount == 0 || task.rawValue <= 0 ? nil : task
  }
}
