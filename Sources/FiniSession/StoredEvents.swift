import FiniModel
import FiniStore
import FiniTimeline

/// The events of a run that was judged, where they are stored.
struct StoredEvents {
  let file: TraceFile
  let run: RunSummary
  /// The number of the task that the judgement is on.
  let task: Int64

  /// Some events, of which those are shown that pass the filter and are named, where any are named.
  struct Range {
    var events: ClosedRange<UInt32>
    var named: Set<UInt32>?
  }

  /// How many events are read before those that are shown, for what belongs together; and after them. A call that began
  /// in a window of time and returned later than this many others is not found.
  static let margin: UInt32 = 1024

  /// Refuses what the run has not got.
  func require(_ filter: TimelineFilter, _ isOfOne: Bool) throws {
    if !isOfOne, !filter.tasks.isEmpty {
      let tracees = run.source == .engine ? [] : try file.tracees(of: run.number)
      for task in filter.tasks.sorted() { try run.require(task, among: tracees) }
    }
    if let around = filter.around {
      let found = try EventPages(file, of: run.number, around...around).page(of: 1)
      if found.isEmpty { throw run.without(event: around) }
    }
  }

  // MARK: What is asked for

  /// Where the events are that a filter selects, in order.
  func ranges(_ filter: TimelineFilter, _ outline: RunOutline) throws -> [Range] {
    var spans = [0...UInt32.max]
    if !filter.phases.isEmpty {
      spans = try file.spans(of: filter.phases, in: run.number, task: task)
    }
    let window = try window(filter, outline)
    spans = spans.compactMap { span in
      guard let window, span.overlaps(window) else { return nil }
      return span.clamped(to: window)
    }
    guard let around = filter.around else { return spans.map { Range(events: $0) } }
    return try neighbours(of: around, spans, filter, outline)
  }

  /// The events of a window of time, and perhaps some after it; `nil` if there are none.
  private func window(
    _ filter: TimelineFilter, _ outline: RunOutline
  ) throws(StoreError) -> ClosedRange<UInt32>? {
    guard let start = outline.start else { return 0...UInt32.max }
    var first: UInt32 = 0
    var last = UInt32.max
    if let since = filter.since, since > 0 {
      guard let found = try file.firstEvent(of: run.number, returnedBy: start.advanced(by: since))
      else { return nil }
      first = found
    }
    if let until = filter.until, until < .max {
      let end = start.advanced(by: until + 1)
      if let found = try file.firstEvent(of: run.number, returnedBy: end) {
        last = found.addingReportingOverflow(StoredEvents.margin).partialValue
        if last < found { last = .max }
      }
    }
    return first <= last ? first...last : nil
  }

  /// An event and its neighbours, counted among those that pass.
  private func neighbours(
    of around: UInt32, _ spans: [ClosedRange<UInt32>], _ filter: TimelineFilter,
    _ outline: RunOutline
  ) throws -> [Range] {
    let context = max(0, filter.context)
    var before: [UInt32] = []
    var end = around
    while before.count < context, end > 0 {
      let first = end > StoredEvents.margin ? end - StoredEvents.margin : 0
      let found = try passing(first...(end - 1), spans, filter, outline)
      before = (found + before).suffix(context)
      end = first
    }
    var after: [UInt32] = []
    var begin = around
    while after.count < context, begin < outline.last {
      let last = begin + min(StoredEvents.margin, outline.last - begin)
      after += try passing((begin + 1)...last, spans, filter, outline).prefix(context - after.count)
      begin = last
    }
    var ranges: [Range] = []
    for sequence in before + [around] + after {
      if let last = ranges.indices.last,
        sequence - ranges[last].events.upperBound <= StoredEvents.margin
      {
        ranges[last].events = ranges[last].events.lowerBound...sequence
        ranges[last].named?.insert(sequence)
      } else {
        ranges.append(Range(events: sequence...sequence, named: [sequence]))
      }
    }
    return ranges
  }

  private func passing(
    _ events: ClosedRange<UInt32>, _ spans: [ClosedRange<UInt32>], _ filter: TimelineFilter,
    _ outline: RunOutline
  ) throws -> [UInt32] {
    guard spans.contains(where: { $0.overlaps(events) }) else { return [] }
    let phases = try phases(events, filter)
    return try EventPages(file, of: run.number, events).page(of: events.count)
      .filter { filter.passes($0, at: outline.offset(of: $0), in: phases.phase(of: $0.sequence)) }
      .map { $0.sequence }
  }

  private func phases(
    _ events: ClosedRange<UInt32>, _ filter: TimelineFilter
  ) throws(StoreError) -> [PhaseSpan] {
    filter.phases.isEmpty ? [] : try file.phases(of: run.number, task: task, around: events)
  }

  // MARK: Reading

  func forEachPassage(
    in range: Range, _ filter: TimelineFilter, _ outline: RunOutline,
    _ body: (_ shown: [Event], Passage) throws -> Void
  ) throws {
    let wanted = range.events
    let first = wanted.lowerBound - min(wanted.lowerBound, StoredEvents.margin)
    let last = wanted.upperBound + min(UInt32.max - wanted.upperBound, StoredEvents.margin)
    let pages = EventPages(file, of: run.number, first...last)
    var reader = PassageReader(of: outline.subject)
    func give(_ passage: Passage) throws {
      guard let first = passage.events.first?.sequence, let last = passage.events.last?.sequence
      else { return }
      var passage = passage
      passage.phases = try file.phases(of: run.number, task: task, around: first...last)
      let shown = passage.events.filter { event in
        guard wanted.contains(event.sequence) else { return false }
        if let named = range.named { return named.contains(event.sequence) }
        return filter.passes(
          event, at: outline.offset(of: event), in: passage.phase(of: event.sequence))
      }
      if !shown.isEmpty { try body(shown, passage) }
    }
    while true {
      let page = try pages.page(of: PassageReader.usualLength)
      if page.isEmpty { break }
      for event in page {
        guard let passage = reader.observe(event) else { continue }
        try give(passage)
        if event.sequence >= wanted.upperBound { return }
      }
    }
    if let rest = reader.end() { try give(rest) }
  }
}
