import FiniModel
import FiniStore
import FiniTestSupport
import FiniTimeline
import Foundation
import Testing

/// A real CRIU, unpacked from Debian's packages, and what is preloaded into it.
enum RealCriu {
  static let command: String? = {
    let made = House.run(House.root + "/tools/real-criu", [], within: 120_000)
    return made.output.split(separator: "\n").last.map(String.init).flatMap {
      made.status == 0 && $0.hasPrefix("/") ? $0 : nil
    }
  }()

  /// Where the foreign tracers of Tests/Tracers are, and the libraries to preload.
  static let tracers: String? = {
    let place = House.root + "/.build/tracers"
    let made = House.run("make", ["-s", "-C", House.root + "/Tests/Tracers", "OUT=" + place])
    return made.status == 0 ? place : nil
  }()

  static let shim = tracers.map { $0 + "/place.so" }
  static let isThere = Doors.isRoot && command != nil && tracers != nil

  /// Starts a program that can be dumped, with no terminal, and waits until it sleeps. A process
  /// with children reads from /dev/zero and never sleeps, but its children do.
  static func withVictim(
    _ words: [String], processes: Int = 1, in folder: String? = nil,
    _ body: (LiveProcess, Tool) throws -> Void
  ) throws {
    let tool = try Tool()
    let script = "exec \"$0\" \"$@\" </dev/zero >/dev/null 2>&1"
    let path = try (folder ?? House.victims.get()) + "/" + words[0]
    let victim = try LiveProcess(
      path: "/bin/sh", words: ["sh", "-c", script, path] + words.dropFirst(),
      environment: ["VICTIM_ORDERS=handle:10"])
    defer { victim.end() }
    // In its call, and asleep.
    try eventually(
      "\(processes) of \(words[0]), asleep",
      seeing: {
        (victim.status("Name"), tree(of: victim.pid).map { OtherTask(pid: $0).state })
      }
    ) { name, states in
      name == words[0] && states.count == processes
        && states.dropFirst(processes > 1 ? 1 : 0).allSatisfy { $0 == "S" }
    }
    usleep(50_000)
    try body(victim, tool)
  }

  /// The command line of a dump into a folder of the test's own.
  static func dumpCommand(
    _ victim: LiveProcess, _ tool: Tool, action: String = "dump", options: [String] = []
  ) -> [String] {
    let images = tool.folder + "/images"
    try? FileManager.default.createDirectory(atPath: images, withIntermediateDirectories: true)
    return [command ?? "", action, "-t", "\(victim.pid)", "-D", images, "-v4", "-o", "dump.log"]
      + options
  }

  /// A dump, recorded.
  static func dump(
    _ victim: LiveProcess, _ tool: Tool, action: String = "dump", options: [String] = [],
    timeout: String = "30", observer: String = "bpf"
  ) -> Tool.Result {
    tool.run(
      ["record", "\(victim.pid)", "--timeout", timeout, "--observer", observer, "--"]
        + dumpCommand(victim, tool, action: action, options: options))
  }

  /// The last run of a file, read for one task or for its subject.
  static func lastRun(
    _ tool: Tool, of task: TaskID? = nil
  ) throws -> (run: RunSummary, events: [Event], timeline: Timeline) {
    let file = try TraceFile.openForReading(tool.database)
    let run = try file.run(.last)
    let events = try file.events(of: run.number)
    return (run, events, Timeline(reading: events, subject: task))
  }

  /// A process and the processes below it.
  static func tree(of process: Int32) -> [Int32] {
    let children = readWhole("/proc/\(process)/task/\(process)/children")
    return [process]
      + children.split(separator: " ").compactMap { Int32($0) }.flatMap { tree(of: $0) }
  }

  /// Waits until task numbers are free again.
  static func waitUntilGone(_ processes: [Int32]) throws {
    try eventually(
      "no task left of a tree that is reaped",
      seeing: {
        processes.filter { FileManager.default.fileExists(atPath: "/proc/\($0)") }
      }
    ) { $0.isEmpty }
  }
}
