import Foundation

/// A file that keeps the results of cells as they come, so that an interrupted `--all` can be continued.
///
/// It does not know of which build the results are: after a change of the program, begin a new file.
struct KeptLines: Sendable {
  private let path: String

  init(_ path: String) { self.path = path }

  /// Makes the file if there is none, and reads what it has.
  func open() throws -> [Line] {
    if !FileManager.default.fileExists(atPath: path) { try Data().write(to: url) }
    return try KeptLines.read(path)
  }

  /// Adds the result of a cell.
  func keep(_ line: Line) throws {
    let file = try FileHandle(forWritingTo: url)
    defer { file.closeFile() }
    try file.seekToEnd()
    // In one write: one that was killed leaves a whole line or none.
    try file.write(contentsOf: Data((line.text + "\n").utf8))
  }

  /// The results in a file; a cell with differences is run again.
  static func read(_ path: String) throws -> [Line] {
    try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
      .compactMap { Line(String($0)) }.filter { $0.failed == 0 }
  }

  private var url: URL { URL(fileURLWithPath: path) }
}
