package import FiniModel
import GRDB

/// Puts the events of an import into a file, many at a time.
///
/// Nothing is live there, so there is no journal: an import that breaks off leaves an unfinished run
/// with what was kept until then. What is added is written by another thread.
package final class ImportWriter {
  /// One event, with the text of the line that it is.
  @usableFromInline
  package struct Item: Sendable {
    /// The event.
    @usableFromInline package var event: Event
    /// The number of the input, and the line's text.
    @usableFromInline package var text: (input: Int, text: String)?

    @inlinable
    package init(event: Event, text: (input: Int, text: String)? = nil) {
      self.event = event
      self.text = text
    }
  }

  /// What is stored of an input.
  package struct Input: Hashable, Sendable {
    /// As it was named.
    package var name: String
    /// What wrote it.
    package var format: String
    /// All lines; those that became events, were ignored, were not understood.
    package var lines, used, passed, unparsed: Int
    /// What was added to its times, in nanoseconds.
    package var offset: Int64
    /// How that is known.
    package var anchor: String?

    package init(
      name: String, format: String, lines: Int, used: Int, passed: Int, unparsed: Int,
      offset: Int64, anchor: String?
    ) {
      self.name = name
      self.format = format
      self.lines = lines
      self.used = used
      self.passed = passed
      self.unparsed = unparsed
      self.offset = offset
      self.anchor = anchor
    }
  }

  /// The run's number in its file.
  package let run: Int64
  private let file: TraceFile
  private let queue: ImportQueue
  private var isOver = false
  private var counts = TraceFile.Counts(events: 0, lost: 0)

  init(file: TraceFile, writer: EventWriter) {
    run = writer.run
    self.file = file
    queue = ImportQueue(file: file, writer: writer)
  }

  /// Hands over events to be kept, in order of their sequence; each batch is one transaction.
  ///
  /// - Throws: ``StoreError`` if the file could not be written; nothing is kept from that batch on.
  package func add(_ items: [Item]) throws(StoreError) {
    counts.events += items.count
    for index in items.indices {
      if case .gap(let count) = items[index].event.payload { counts.lost &+= count }
    }
    try queue.add(items)
  }

  /// Waits until all that was added is in the file, and can be read from there.
  ///
  /// - Throws: ``StoreError`` if the file cannot be written.
  package func settle() throws(StoreError) { try queue.settle() }

  /// Ends the run.
  ///
  /// - Throws: ``StoreError`` if the file cannot be written.
  package func finish(_ end: RunEnd, inputs: [Input]) throws(StoreError) {
    try queue.settle()
    try file.write { database in
      try TraceFile.insert(inputs, of: self.run, in: database)
    }
    try file.finish(run, with: end, counted: counts)
    isOver = true
  }

  deinit {
    // What is in the file says by itself that it has no end.
    guard !isOver else { return }
    try? queue.settle()
    try? file.abandon(run)
  }
}
