import FiniTestSupport
import Foundation
import Testing

/// A container of podman and runc with one of Tests/Victims in it, and nothing else.
struct Container {
  /// Its folder is where the commands run.
  let tool: Tool
  private let name: String

  /// Whether a container can be started here.
  static let canRun: Bool = {
    let asked = House.run(
      "podman", ["--runtime", "runc", "info", "--format", "{{.Host.OCIRuntime.Name}}"])
    return Doors.isRoot && asked.status == 0
  }()

  /// Starts a container that runs `words`, and removes it and its image after the body.
  static func with(_ words: [String], _ body: (Container) throws -> Void) throws {
    let container = try Container(
      tool: Tool(), name: "fini-\(UUID().uuidString.prefix(8).lowercased())")
    let (tool, name) = (container.tool, container.name)
    let files = tool.folder + "/files"
    try FileManager.default.createDirectory(atPath: files, withIntermediateDirectories: true)
    let source = House.root + "/Tests/Victims/\(words[0]).c"
    let made = House.run(
      "gcc",
      ["-std=gnu11", "-D_GNU_SOURCE", "-static", "-pthread", "-o", files + "/victim", source])
    try #require(made.status == 0, "\(made.output)")
    #expect(
      tool.run(program: "tar", ["-C", files, "-cf", tool.folder + "/image.tar", "."]).status == 0)
    #expect(container.podman("import", tool.folder + "/image.tar", name).status == 0)
    defer { #expect(container.podman("rmi", "-f", name).status == 0) }
    let started = container.podman(
      ["run", "-d", "--name", name, "--network=none", "--ulimit", "nofile=20000:20000"]
        + ["--ulimit", "nproc=100:100", name, "/victim"] + words.dropFirst())
    try #require(started.status == 0, "\(started.err)")
    defer { #expect(container.podman("rm", "-f", "-t", "0", name).status == 0) }
    try eventually("a container that is ready", seeing: { container.podman("logs", name).out }) {
      $0.contains("ready")
    }
    try body(container)
  }

  private func podman(_ words: String...) -> Tool.Result { podman(words) }
  private func podman(_ words: [String]) -> Tool.Result {
    tool.run(program: "podman", ["--runtime", "runc"] + words)
  }

  /// Records a checkpoint of it. Returns where the log that was read stands, too.
  func checkpoint() -> (result: Tool.Result, log: String?) {
    let criu = URL(fileURLWithPath: RealCriu.command ?? "").deletingLastPathComponent().path
    let command = [
      "record", "--timeout", "60", "--", "env", "PATH=\(criu):/usr/sbin:/usr/bin:/sbin:/bin",
      "podman", "--runtime", "runc", "container", "checkpoint", "--leave-running", name,
    ]
    var result = tool.run(command)
    // criu is looked at each 50 ms, and may be done with so small a container between two looks.
    for _ in 1..<6 where log(result) == nil { result = tool.run(command) }
    return (result, log(result))
  }

  private func log(_ result: Tool.Result) -> String? {
    let begin = "fini-trace: read "
    let told = result.errLines.filter { $0.hasPrefix(begin) }
    guard told.count == 1 else { return nil }
    return told[0].dropFirst(begin.count).components(separatedBy: ": ").first
  }
}
