internal import FiniModel

/// What libbpf and the kernel's verifier say of a program that is not loaded.
struct LoadLog {
  /// What the kernel did not take.
  enum Refused: Hashable {
    case program(String)
    case map(String)
  }

  /// The program or map that was refused; `nil` if none is named.
  var refused: Refused?
  /// The verifier's last line, which is its reason; `nil` if it said nothing.
  var reason: String?
  /// The tracepoint that was attached to last.
  var tracepoint: String?

  /// Reads the text; a line that is cut off at its start, as the first may be, does no harm.
  init(_ text: String) {
    var last: Substring?
    for line in text.split(separator: "\n") {
      if let name = LoadLog.name(after: "prog '", in: line) {
        refused = .program(name)
      } else if let name = LoadLog.name(after: "map '", in: line) {
        refused = .map(name)
      } else if line.hasPrefix("raw_tp/") {
        tracepoint = String(line.dropFirst(7))
      }
      // The count ends the verifier's log; a log that is cut off has none.
      if line.hasPrefix("processed ") || line.contains("-- END PROG LOAD LOG --") {
        if reason == nil { reason = last.map(LoadLog.trimmed) }
      } else if !line.contains("-- BEGIN PROG LOAD LOG --") {
        last = line
      }
    }
  }

  /// One line: what was refused, and the words of the refusal.
  func cause(_ error: Errno) -> String {
    var words =
      switch refused {
      case .program(let name): "the kernel refuses the BPF program \(name)"
      case .map(let name): "the kernel refuses the BPF map \(name)"
      case nil: "the kernel refuses the BPF program"
      }
    if let reason, !reason.isEmpty { words += ": \(reason)" }
    words += " (\(error))"
    // With every capability held, the kernel itself has no reason for it.
    if error == .notPermitted, reason == nil {
      words += "; a seccomp filter or a security module may forbid bpf(2)"
    }
    return words
  }

  private static func name(after mark: String, in line: Substring) -> String? {
    guard line.hasPrefix("libbpf: "), let start = line.firstRange(of: mark)?.upperBound,
      let end = line[start...].firstIndex(of: "'")
    else { return nil }
    return String(line[start..<end])
  }

  private static func trimmed(_ line: Substring) -> String {
    String(line.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}
