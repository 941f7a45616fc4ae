import FiniTestSupport
import Foundation
import Testing

/// What `explain` says first of one failure.
struct Told: Equatable, CustomStringConvertible {
  var status: Int32
  /// Its first sentence, without what came of the part that is done by ptrace; N is the victim's
  /// number, and ADDRESS any address.
  var sentence: String
  /// The name of the cause, and how certain it is.
  var cause: String

  init(_ status: Int32, _ sentence: String, _ cause: String) {
    (self.status, self.sentence, self.cause) = (status, sentence, cause)
  }

  /// Asks for the last run of a file.
  init(_ tool: Tool, _ database: String, victim: String) {
    let run = tool.run("explain", "-o", database)
    let parts = run.out.components(separatedBy: "\n\n")
    let words = parts[0].split(separator: "\n").joined(separator: " ")
    status = run.status
    sentence = words.components(separatedBy: ". ")[0]
      .trimmingCharacters(in: CharacterSet(charactersIn: "."))
      .replacingOccurrences(of: "\\b\(victim)\\b", with: "N", options: .regularExpression)
      .replacingOccurrences(of: "0x[0-9a-f]+", with: "ADDRESS", options: .regularExpression)
    let first = parts.count > 1 ? parts[1].split(separator: "\n").first : nil
    // A cause stands back; without one the verdict on fini follows.
    cause = first.map { $0.hasPrefix("  ") ? $0.trimmingCharacters(in: .whitespaces) : "" } ?? ""
  }

  var description: String { "\(status) \(sentence) (\(cause))" }
}

extension Told {
  /// What is told of an established TCP connection. From Linux 6.16 on criu 4.1.1 does not come as far as its state: an
  /// option that it reads of the socket is refused.
  static let connection: Told = {
    let end = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(end) }
    var value: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    let isRefused =
      getsockopt(end, SOL_SOCKET, SO_PASSCRED, &value, &length) != 0 && errno == EOPNOTSUPP
    return isRefused
      ? Told(
        1,
        "CRIU reads an option of a network socket (SO_PASSCRED or SO_PASSSEC) that Linux 6.16 and later refuse",
        "socket-option-refused: certain")
      : Told(
        1,
        "The program has an established TCP connection, and CRIU does not dump one unless it is told to",
        "tcp-established: certain")
  }()
}

/// A failure of a real criu, told by a recording, by its log alone, and by an strace of another such failure with the
/// log joined to it.
struct ToldThreeWays {
  /// Where everything is kept.
  let tool: Tool
  /// Where criu writes its log.
  let log: String
  /// What criu ends with.
  var status: Int32 = 1
  /// What is told by the recording, and joined.
  var full: Told
  /// What the log alone tells, where it knows less.
  var alone: Told?

  /// Lets criu fail twice.
  ///
  /// - Parameter attempt: runs criu with these words before it. Returns its end, and the number of the victim.
  func expect(
    _ place: SourceLocation = #_sourceLocation,
    _ attempt: ([String]) throws -> (result: Tool.Result, victim: String)
  ) throws {
    let live = try attempt([Tool.path, "record", "--timeout", "30", "--"])
    #expect(live.result.status == status, "\(live.result.err)", sourceLocation: place)
    expect(full, tool.database, live.victim, place)

    let single = tool.folder + "/alone.db"
    #expect(tool.run("import", log, "-o", single).status == 0, sourceLocation: place)
    expect(alone ?? full, single, live.victim, place)

    let strace = tool.folder + "/strace"
    let traced = try attempt(["strace", "-v", "-s", "1024", "-ttt", "-o", strace])
    #expect(traced.result.status == status, "\(traced.result.err)", sourceLocation: place)
    let both = tool.folder + "/both.db"
    #expect(tool.run("import", strace, "-o", both).status == 0, sourceLocation: place)
    let joined = tool.run("import", log, "--into", "last", "-o", both)
    #expect(joined.status == 0, "\(joined.err)", sourceLocation: place)
    expect(full, both, traced.victim, place)
  }

  private func expect(
    _ told: Told, _ database: String, _ victim: String, _ place: SourceLocation
  ) {
    #expect(Told(tool, database, victim: victim) == told, sourceLocation: place)
  }
}

extension RealCriu {
  /// The folder of a test's images, which is made.
  static func images(_ tool: Tool) throws -> String {
    let images = tool.folder + "/images"
    try FileManager.default.createDirectory(atPath: images, withIntermediateDirectories: true)
    return images
  }

  /// Runs criu with words before it.
  static func run(
    after words: [String], _ action: [String], _ tool: Tool, log: String = "dump.log"
  ) throws -> Tool.Result {
    let command =
      words + [command ?? ""] + action + ["-D", try images(tool), "-v4", "-o", log]
    return tool.run(program: command[0], Array(command.dropFirst()))
  }
}
