/// The lines of a log as they are, whatever wrote it; gzip, xz and zstd are unpacked.
package enum LogText {
  /// Shows each line.
  ///
  /// - Throws: ``ImportError``, or what `body` throws.
  package static func forEachLine(of log: LogFile, _ body: (String) throws -> Void) throws {
    let file = try InputFile(log)
    var cutter = LineCutter()
    while true {
      let block = try file.next()
      if block.isEmpty { break }
      try cutter.take(block) { try body($0.text) }
    }
    try cutter.end { try body($0.text) }
  }
}
