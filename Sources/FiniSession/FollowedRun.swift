package import FiniModel
package import FiniStore
package import FiniTimeline
internal import Glibc

/// A run that is shown while it is recorded. Any number of readers may do that; the recorder does not notice.
package struct FollowedRun {
  /// What is known of it when it is begun to be followed.
  package let outline: RunOutline
  /// What is stored with it by then.
  package let header: RunHeader
  private let file: TraceFile
  private let run: RunSummary

  /// How long to wait before the file is looked into again, in microseconds. The recorder puts what it has recorded there
  /// every 20 ms: together this is below the 100 ms that a reader may be late (FollowTests).
  private static let pause: UInt32 = 25_000

  /// Waits for its first event, which is the zero of its times.
  ///
  /// - Throws: `StoreError`.
  package init(_ run: RunSummary, in file: TraceFile) throws(StoreError) {
    var run = run
    while run.firstEntered == nil, try file.isLive(run.number) {
      usleep(FollowedRun.pause)
      run = try file.run(.number(run.number))
    }
    self.file = file
    self.run = run
    outline = RunOutline(
      live: run.knownSubject(nil), start: run.firstEntered,
      tracer: try file.firstTracer(of: run.number, among: PassageReader.usualLength))
    header = RunHeader(run)
  }

  /// Hands out what a filter selects as it is recorded, until the recorder is done or gone.
  ///
  /// - Parameter body: takes a passage, and those of its events that are to be shown.
  /// - Returns: the run as it is then.
  /// - Throws: `StoreError`, or what `body` throws.
  package func forEachPassage(
    matching filter: TimelineFilter, _ body: (_ shown: [Event], Passage) throws -> Void
  ) throws -> RunSummary {
    let pages = EventPages(file, of: run.number)
    var passages = LivePassages(of: outline.subject, source: run.source)
    func give(_ passage: Passage?) throws {
      guard let passage else { return }
      let shown = passage.events.filter {
        filter.passes($0, at: outline.offset(of: $0), in: passage.phase(of: $0.sequence))
      }
      if !shown.isEmpty { try body(shown, passage) }
    }
    while true {
      // In this order: what was recorded before it was done is in the file by then.
      let isLive = try file.isLive(run.number)
      let page = try pages.page(of: PassageReader.usualLength)
      for event in page { try give(passages.observe(event)) }
      if !page.isEmpty { continue }
      try give(passages.end())
      if !isLive { return try file.run(.number(run.number)) }
      usleep(FollowedRun.pause)
    }
  }
}
