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
    let plain = lines.map { $0.plain }
    for line in plain {
      if let format = LineFormat.of(line) ?? line.unmarked.flatMap({ LineFormat.of($0) }) {
        votes[format, default: 0] += 1
      }
    }
    // A few words of CRIU, or what a container manager says of it, are a log if there is nothing better.
    let isLog = { (line: TextLine) in
      CRIULine.mayBelong(line) || line.unmarked.map { CRIULine.mayBelong($0) } ?? false
    }
    if votes.isEmpty, plain.contains(where: isLog) { return .criuLog }
    return allCases.filter { votes[$0] != nil }.max { votes[$0] ?? 0 < votes[$1] ?? 0 }
  }

  private static func of(_ line: TextLine) -> LineFormat? {
    if let format = PerfReader.recognizes(line) { return format }
    if StraceReader.recognizes(line) { return .strace }
    return CRIULine.recognizes(line) ? .criuLog : nil
  }
}
