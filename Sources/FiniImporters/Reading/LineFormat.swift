/// What wrote an input.
public enum LineFormat: String, CaseIterable, Hashable, Sendable {
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

  /// Finds out by the first lines of an input: what most of them look like.
  ///
  /// - Returns: `nil` if they look like nothing that is known here.
  public static func recognize(_ lines: some Sequence<TextLine>) -> LineFormat? {
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
