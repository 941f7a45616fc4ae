/// A line of a program that started CRIU: a container manager, or a Java virtual machine.
struct WrapperLine {
  /// The program, if the line tells it.
  var name: String?
  /// How serious it is for that program.
  var severity: LogRecord.Severity
  /// The offsets of its message.
  var message: Range<Int>

  /// Reads a line; `nil` if nothing in it is a wrapper's.
  init?(_ line: LogCursor) {
    var here = line
    here.skipBlanks()
    message = here.at..<here.end
    severity = .other
    if let place = here.find("level=") ?? here.find("\"level\":\"") {
      severity = WrapperLine.level(here, at: place)
      let words: StaticString = here.contains("msg=\"") ? "msg=\"" : "\"msg\":\""
      guard let begin = here.find(words) else { return nil }
      message = WrapperLine.quoted(here, from: begin + words.utf8CodeUnitCount)
    } else if let severity = WrapperLine.opening(here) {
      self.severity = severity.level
      message = here.at + severity.count..<here.end
    } else if WrapperLine.words.contains(where: { here.contains($0) }) {
      severity = .error
    } else {
      return nil
    }
    name = WrapperLine.name(here)
  }

  /// Words at the start of a line, their level, and whether they are a mark before the message.
  private static let openings: [(words: StaticString, level: LogRecord.Severity, isMark: Bool)] = [
    ("Error: ", .error, true), ("error: ", .error, true), ("ERROR: ", .error, true),
    ("WARNING: ", .warning, true), ("FATA[", .error, true), ("ERRO[", .error, true),
    ("WARN[", .warning, true),
    ("INFO[", .info, true), ("DEBU[", .other, true), ("docker: ", .error, false),
    ("ctr: ", .error, false),
    ("Exception in thread", .error, false), ("jdk.crac", .error, false),
    ("Suppressed: ", .error, false),
    ("Caused by: ", .error, false), ("at jdk.", .other, false), ("at java", .other, false),
    ("JVM: ", .error, false), ("CR: ", .info, false),
  ]

  /// The level at the start of a line, and how many bytes it has.
  private static func opening(_ line: LogCursor) -> (level: LogRecord.Severity, count: Int)? {
    guard let found = openings.first(where: { line.isNext($0.words) }) else { return nil }
    guard found.isMark else { return (found.level, 0) }
    var rest = line
    rest.at += found.words.utf8CodeUnitCount
    // `ERRO[0012] `.
    if rest.bytes[rest.at - 1] == UInt8(ascii: "[") {
      while let byte = rest.next, byte != UInt8(ascii: "]") { rest.at += 1 }
      _ = rest.take("]")
      rest.skipBlanks()
    }
    return (found.level, rest.at - line.at)
  }

  /// Words that only such programs write.
  private static let words: [StaticString] = [
    "criu failed: type", "CRIU checkpointing failed", "CRIU restoring failed",
    "Please check CRIU log",
    "log file: ", "container_linux.go", "Error response from daemon", "OCI runtime",
    "runc run failed",
    "runc create failed", "checkpoint failed", "failed to checkpoint",
    "failed to restore container",
    "CheckpointException", "RestoreException", "CheckpointOpen", "CRIU dump failed",
  ]

  private static func level(_ line: LogCursor, at place: Int) -> LogRecord.Severity {
    var here = line
    here.at = place
    _ = here.take("level=") || here.take("\"level\":\"")
    _ = here.take("\"")
    if here.isNext("err") || here.isNext("fatal") || here.isNext("panic") { return .error }
    if here.isNext("warn") { return .warning }
    return here.isNext("info") ? .info : .other
  }

  private static func quoted(_ line: LogCursor, from begin: Int) -> Range<Int> {
    var place = begin
    while place < line.end, line.bytes[place] != UInt8(ascii: "\"") {
      place += line.bytes[place] == UInt8(ascii: "\\") ? 2 : 1
    }
    return begin..<max(begin, min(place, line.end))
  }

  /// The program's name. `crun` in a message of podman is what podman started.
  private static func name(_ line: LogCursor) -> String? {
    if line.isNext("Error: `") || line.contains("podman") { return "podman" }
    let known: [(StaticString, String)] = [
      ("Error response from daemon", "docker"), ("docker", "docker"), ("ctr: ", "containerd"),
      ("containerd", "containerd"), ("kubelet", "kubelet"), ("cri-o", "cri-o"),
      ("container_linux", "runc"),
      ("criu failed: type", "runc"), ("runc", "runc"), ("crun", "crun"),
      ("CRIU checkpointing failed", "crun"),
      ("CRIU restoring failed", "crun"), ("lxc", "lxc"), ("jdk.", "java"), ("Exception", "java"),
      ("JVM: ", "java"),
      ("CR: ", "java"),
    ]
    return known.first { line.contains($0.0) }?.1
  }
}
