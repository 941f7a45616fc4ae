import Foundation
import Testing

/// Compares text with a file that a person has read.
///
/// With `FINI_REFRESH_GOLDEN` in the environment the file is written instead: read the difference
/// before it is committed.
func expectGolden(
  _ text: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Golden").appendingPathComponent(name)
  if ProcessInfo.processInfo.environment["FINI_REFRESH_GOLDEN"] != nil {
    try text.write(to: file, atomically: true, encoding: .utf8)
    return
  }
  let golden = try String(contentsOf: file, encoding: .utf8)
  let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
  let expected = golden.split(separator: "\n", omittingEmptySubsequences: false)
  for (line, wanted) in zip(lines, expected) {
    #expect(line == wanted, "\(name)", sourceLocation: sourceLocation)
  }
  #expect(lines.count == expected.count, "\(name)", sourceLocation: sourceLocation)
}
