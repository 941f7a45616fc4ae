import FiniTestSupport
import Foundation
import Testing

/// A folder of a freezer, version 1 or 2, in which tests can make a group.
struct FreezerFolder: Sendable, CustomStringConvertible {
  var isTwo: Bool
  var path: String
  var description: String { isTwo ? "cgroup v2" : "freezer of cgroup v1" }

  static let all: [FreezerFolder] = {
    let text = readWhole("/proc/self/mountinfo")
    return text.split(separator: "\n").compactMap { line in
      let halves = String(line).components(separatedBy: " - ")
      guard halves.count == 2 else { return nil }
      let point = halves[0].split(separator: " ").map(String.init)[4]
      let isOne = halves[1].hasPrefix("cgroup ") && halves[1].contains("freezer")
      guard isOne || halves[1].hasPrefix("cgroup2 ") else { return nil }
      let folder = FreezerFolder(isTwo: !isOne, path: point)
      guard let group = folder.makeGroup() else { return nil }
      rmdir(group)
      return folder
    }
  }()

  func makeGroup() -> String? {
    let group = path + "/fini-trace-test-\(getpid())"
    return mkdir(group, 0o755) == 0 ? group : nil
  }

  /// Freezes a process in a group of its own while the body runs.
  func withFrozen(_ process: Int32, _ body: (_ group: String) throws -> Void) throws {
    let group = try #require(makeGroup())
    defer {
      _ = put("\(process)", path + "/cgroup.procs")
      for _ in 0..<1000 where rmdir(group) != 0 { usleep(1000) }
    }
    try #require(put("\(process)", group + "/cgroup.procs"))
    let order = isTwo ? ("1", "/cgroup.freeze") : ("FROZEN", "/freezer.state")
    let release = isTwo ? ("0", "/cgroup.freeze") : ("THAWED", "/freezer.state")
    try #require(put(order.0, group + order.1))
    defer { _ = put(release.0, group + release.1) }
    let state = isTwo ? ("/cgroup.events", "frozen 1") : ("/freezer.state", "FROZEN")
    for _ in 0..<2000 where !readWhole(group + state.0).contains(state.1) { usleep(1000) }
    try #require(readWhole(group + state.0).contains(state.1))
    try body(group)
  }

  private func put(_ text: String, _ file: String) -> Bool {
    let descriptor = open(file, O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return write(descriptor, text, text.utf8.count) == text.utf8.count
  }
}

/// Tasks that can map nothing, or that no tracer can stop: one line, with cause and remedy.
@Suite(.serialized)
struct RefusedMappingTests {
  private static let strategies = ["breakpoint", "breakpoint-after", "syscall", "direct"]

  private static func can(_ what: String) -> Bool {
    guard let place = try? House.victims.get() else { return true }
    return House.run(place + "/may-not-map", [what]).status != 77
  }

  private func expectRefused(
    _ what: String, strategy: String, cause: String, remedy: String
  ) throws {
    try withVictim("may-not-map", [what]) { victim in
      let maps = victim.maps
      let tool = try Tool()
      let one = tool.run("record", "\(victim.pid)", "--strategy", strategy)
      #expect(one.status == 1)
      #expect(one.errLines.count == 1, "\(one.err)")
      #expect(one.err.contains(cause) && one.err.contains(remedy), "\(one.err)")
      let tree = tool.run("record", "\(victim.pid)", "--tree", "--strategy", strategy)
      #expect(tree.status == 1)
      #expect(tree.out.contains("let-go"), "\(tree.out)")
      #expect(victim.maps == maps)
      #expect(victim.ask("on") == "line on")
    }
  }

  @Test(
    "PR_SET_MDWE", .enabled(if: can("mdwe"), "this kernel has no PR_SET_MDWE (Linux 6.3)"),
    arguments: strategies)
  func denied(strategy: String) throws {
    try expectRefused(
      "mdwe", strategy: strategy, cause: "PR_SET_MDWE", remedy: "start it without that")
  }

  @Test("mlockall(MCL_FUTURE) at RLIMIT_MEMLOCK, whose remedy helps", arguments: strategies)
  func locked(strategy: String) throws {
    try expectRefused(
      "locked", strategy: strategy, cause: "RLIMIT_MEMLOCK is 4096", remedy: "--memlock=")
    try withVictim("may-not-map", ["locked"]) { victim in
      let tool = try Tool()
      let said = tool.run("record", "\(victim.pid)", "--strategy", strategy).err
      let words = try #require(said.range(of: "prlimit .* makes", options: .regularExpression))
      let remedy = String(said[words].dropLast(6)).split(separator: " ").map(String.init)
      #expect(tool.run(program: remedy[0], Array(remedy.dropFirst())).status == 0)
      let again = tool.run("record", "\(victim.pid)", "--strategy", strategy)
      #expect(again.status == 0, "\(again.err)")
      #expect(victim.ask("on") == "line on")
    }
  }

  @Test(
    "A frozen cgroup", .enabled(if: !FreezerFolder.all.isEmpty, "no freezer may be written here"),
    arguments: FreezerFolder.all)
  func frozen(folder: FreezerFolder) throws {
    try withVictim("blocked-in-read") { victim in
      let tool = try Tool()
      try folder.withFrozen(victim.pid) { group in
        for arguments in [[], ["--tree"]] {
          let run = tool.run(["record", "\(victim.pid)"] + arguments)
          #expect(run.status == (arguments.isEmpty ? 69 : 1))
          let said = run.err + run.out
          #expect(said.contains("is frozen by its cgroup"), "\(said)")
          let remedy =
            folder.isTwo
            ? "echo 0 > \(group)/cgroup.freeze" : "echo THAWED > \(group)/freezer.state"
          #expect(
            said.replacing("\n", with: " ").replacing("   ", with: " ").contains(remedy), "\(said)")
          #expect(victim.status("TracerPid") == "0")
        }
      }
      #expect(victim.ask("on") == "line on")
      #expect(tool.run("record", "\(victim.pid)").status == 0)
    }
  }
}
