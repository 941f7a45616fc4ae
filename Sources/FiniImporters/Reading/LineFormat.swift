/// The program and format of an input.
package enum LineFormat: String, CaseIterable, Hashable, Sendable {
  /// strace(1), of a tracer.
  case strace
  /// CRIU or libcompel, of itself.
  case criuLog = "criu-log"
  /// `perf trace`.
  case perfTrace = "perf-trace"
  /// `perf script`.
  case perfScript = "perf-script"
  /// The kernel's trace file.
  case ftrace

  /// Recognizes the format from the first lines of an input: the one that most of them fit.
  ///
  /// - Returns: `nil` if they fit no known format.
  package static func recognize(_ lines: some Sequence<TextLine>) -> LineFormat? {
    var votes: [LineFormat: Int] = [:]
    for line in lines.lazy.map({ $0.withoutColours }) {
      if let format = PerfReader.recognizes(line) {
        votes[format, default: 0] += 1
      } else if StraceReader.recognizes(line) {
        votes[.strace, default: 0] += 1
      } else if CRIULine.recognizes(line) {
        votes[.criuLog, default: 0] += 1
      }
    }
    return allCases.filter { votes[$0] != nil }.max { votes[$0] ?? 0 < votes[$1] ?? 0 }
  }
}
