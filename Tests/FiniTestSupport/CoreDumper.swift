import Foundation

/// A victim that may dump core, in a folder of its own.
package struct CoreDumper {
  /// Where the core file comes.
  package let folder: String
  /// blocked-in-read, ready.
  package let process: LiveProcess

  /// Why no core file can be seen here, or nothing: the pattern is one of the whole machine.
  package static let hindrance: String? = {
    let pattern = readWhole("/proc/sys/kernel/core_pattern").split(separator: "\n").first ?? ""
    return pattern.hasPrefix("|") || pattern.contains("/") || pattern.isEmpty
      ? "core_pattern is '\(pattern)': the kernel makes no core file in the victim's folder" : nil
  }()

  /// Starts one, runs the body, and ends it.
  package static func with<Value>(_ body: (CoreDumper) throws -> Value) throws -> Value {
    let dumper = try CoreDumper()
    let result = Result { try body(dumper) }
    dumper.process.end()
    try FileManager.default.removeItem(atPath: dumper.folder)
    return try result.get()
  }

  private init() throws {
    folder = NSTemporaryDirectory() + "/fini-core-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let script = "cd \"$1\" && ulimit -c unlimited && exec \"$2\""
    process = try LiveProcess(
      path: "/bin/sh",
      words: ["sh", "-c", script, "sh", folder, try House.victims.get() + "/blocked-in-read"])
    guard process.nextLine() == "ready", process.reaches(["S"]) else {
      throw TestSupportError.victim("it does not come up")
    }
  }

  /// The names of the core files.
  package var cores: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: folder) }
  }
}
