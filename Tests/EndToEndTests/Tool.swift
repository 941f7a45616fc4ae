import FiniTestSupport
import Foundation

/// The built tool, run as by a user, in its own folder.
final class Tool {
  struct Result {
    var status: Int32
    var out: String
    var err: String
    var outLines: [String] { out.split(separator: "\n").map(String.init) }
    /// What was said on standard error, but for the line that says what is about to be done.
    var errLines: [String] {
      err.split(separator: "\n").map(String.init).filter {
        !$0.hasPrefix("fini-trace: infecting ")
      }
    }
  }

  static let path = House.products + "/fini-trace"
  let folder: String
  var environment: [String] = []

  init() throws {
    folder = NSTemporaryDirectory() + "fini-trace-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  var database: String { folder + "/fini-trace.db" }

  /// Runs the tool to its end.
  func run(_ arguments: [String]) -> Result { run(program: Tool.path, arguments) }
  func run(_ arguments: String...) -> Result { run(arguments) }

  /// Runs the tool and sends it SIGINT as soon as the recorder, which is a child of the guard,
  /// handles that: it has its file then, and blocks the signal to read it from a descriptor. Before
  /// it has its file it also blocks the signal for a moment, as the guard does.
  func interrupted(_ arguments: String...) throws -> Result {
    let child = try start(Tool.path, arguments)
    try eventually(
      "a recorder with a file that blocks SIGINT",
      seeing: {
        (
          FileManager.default.fileExists(atPath: database),
          child.children.map { UInt64(statusField(of: $0, "SigBlk"), radix: 16) ?? 0 }
        )
      }
    ) { hasFile, blocked in hasFile && blocked.contains { $0 & 2 != 0 } }
    child.signal(2)
    return end(of: child, within: 60_000)
  }

  /// Runs the tool and sends it SIGINT at the given time. Returns how long it ran after that, in
  /// milliseconds.
  func interrupted(
    _ arguments: [String], when what: String, _ isTime: () -> Bool
  ) throws -> (result: Result, took: UInt64) {
    let child = try start(Tool.path, arguments)
    try eventually(what, within: 20_000, seeing: isTime) { $0 }
    child.signal(2)
    let sent = Doors.milliseconds
    let result = end(of: child, within: 60_000)
    return (result, Doors.milliseconds - sent)
  }

  /// Runs the tool and kills its recorder as soon as there is one: normally before it has a file.
  func killedAtOnce(_ arguments: String...) throws -> Result {
    let child = try start(Tool.path, arguments)
    let recorder = try eventually("a recorder", seeing: { child.children.first }) { $0 != nil }
    if let recorder { _ = Doors.kill(recorder, 9) }
    return end(of: child, within: 60_000)
  }

  /// Runs another program in the same folder.
  ///
  /// - Parameter time: the longest that it may take on a busy machine, in milliseconds.
  func run(program: String, _ arguments: [String], within time: Int32 = 240_000) -> Result {
    guard let child = try? start(program, arguments) else {
      return Result(status: -1, out: "", err: "not started")
    }
    return end(of: child, within: time)
  }

  private var output: (out: String, err: String) { (folder + "/.out", folder + "/.err") }

  private func start(_ program: String, _ arguments: [String]) throws -> LiveProcess {
    let script = "cd \"$1\"; out=$2; err=$3; shift 3; exec \"$@\" >\"$out\" 2>\"$err\" </dev/null"
    let words = ["sh", "-c", script, "sh", folder, output.out, output.err, program] + arguments
    return try LiveProcess(path: "/bin/sh", words: words, environment: environment)
  }

  private func end(of child: LiveProcess, within time: Int32) -> Result {
    let status = child.waitForEnd(within: time) ?? -1
    return Result(status: status, out: readWhole(output.out), err: readWhole(output.err))
  }

  /// Queries the file with the sqlite3 program, which is independent of this project.
  func sqlite(_ query: String) -> [[String]] {
    let result = run(program: "sqlite3", ["-separator", "\t", database, query])
    return result.outLines.map { $0.components(separatedBy: "\t") }
  }
}
