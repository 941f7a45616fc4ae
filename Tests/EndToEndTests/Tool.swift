import FiniTestSupport
import Foundation

/// The built tool, run as a user runs it, in a folder of its own.
final class Tool {
  struct Result {
    var status: Int32
    var out: String
    var err: String
    var outLines: [String] { out.split(separator: "\n").map(String.init) }
    var errLines: [String] { err.split(separator: "\n").map(String.init) }
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

  /// Runs another program in the same folder.
  func run(program: String, _ arguments: [String]) -> Result {
    let (out, err) = (folder + "/.out", folder + "/.err")
    let script = "cd \"$1\"; out=$2; err=$3; shift 3; exec \"$@\" >\"$out\" 2>\"$err\" </dev/null"
    let words = ["sh", "-c", script, "sh", folder, out, err, program] + arguments
    guard let child = try? LiveProcess(path: "/bin/sh", words: words, environment: environment)
    else { return Result(status: -1, out: "", err: "not started") }
    let status = child.waitForEnd(within: 60_000) ?? -1
    return Result(status: status, out: readWhole(out), err: readWhole(err))
  }

  /// Asks the file by the sqlite3 program, which knows nothing of us.
  func sqlite(_ query: String) -> [[String]] {
    let result = run(program: "sqlite3", ["-separator", "\t", database, query])
    return result.outLines.map { $0.components(separatedBy: "\t") }
  }
}
