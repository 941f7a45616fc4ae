public import FiniModel
import GRDB

/// Puts the events of an import into a file, many at a time.
///
/// Nothing is live there, so there is no journal: an import that breaks off leaves an unfinished run
/// with what was kept until then.
public final class ImportWriter {
  /// One event, with the text of the line that it is.
  public struct Item: Sendable {
    /// The event.
    public var event: Event
    /// The number of the input, and the line's text.
    public var text: (input: Int, text: String)?

    /// Makes an item.
    public init(event: Event, text: (input: Int, text: String)? = nil) {
      self.event = event
      self.text = text
    }
  }

  /// What is kept of an input.
  public struct Input: Hashable, Sendable {
    /// As it was named.
    public var name: String
    /// What wrote it.
    public var format: String
    /// All lines; those that became events, were of no use, were not understood.
    public var lines, used, passed, unparsed: Int
    /// What was added to its times, in nanoseconds.
    public var offset: Int64
    /// How that is known.
    public var anchor: String?

    /// Makes a value.
    public init(
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
  public let run: Int64
  private let file: TraceFile
  private var writer: EventWriter
  private var isOver = false

  init(run: Int64, file: TraceFile, writer: EventWriter) {
    self.run = run
    self.file = file
    self.writer = writer
  }

  /// Keeps events, in order of their sequence, in one transaction.
  ///
  /// - Throws: ``StoreError`` if the file cannot be written; none of these is kept then.
  public func add(_ items: [Item]) throws(StoreError) {
    writer = try file.write { database in
      var writer = self.writer
      let statements = try EventStatements(database)
      let statement = try database.cachedStatement(
        sql: "INSERT INTO log_line (run, sequence, input, line, text) VALUES (?, ?, ?, ?, ?)")
      for item in items {
        try writer.insert(
          EventRow(item.event), registers: item.event.keptRegisters, by: statements, in: database)
        guard let text = item.text else { continue }
        try statement.execute(arguments: [
          self.run, item.event.sequence, text.input, ImportWriter.line(item.event), text.text,
        ])
      }
      return writer
    }
  }

  private static func line(_ event: Event) -> UInt32 {
    switch event.payload {
    case .log(let record): record.line
    case .unparsed(let line): line
    default: 0
    }
  }

  /// Ends the run.
  ///
  /// - Throws: ``StoreError`` if the file cannot be written.
  public func finish(_ end: RunEnd, inputs: [Input]) throws(StoreError) {
    try file.write { database in
      for (number, input) in inputs.enumerated() {
        try database.execute(
          sql: """
            INSERT INTO input (run, number, name, format, lines, used, passed, unparsed, offset_ns,
              anchor) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
          arguments: [
            self.run, number, input.name, input.format, input.lines, input.used, input.passed,
            input.unparsed, input.offset, input.anchor,
          ])
      }
    }
    try file.finish(run, with: end)
    isOver = true
  }

  deinit {
    // What is in the file says by itself that it has no end.
    if !isOver { try? file.abandon(run) }
  }
}
