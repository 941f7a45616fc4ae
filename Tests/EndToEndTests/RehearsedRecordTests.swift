import FiniTestSupport
import Foundation
import Testing

/// The rehearsal as strace sees it. It makes calls fail, and kills the recorder at one of them.
@Suite("The rehearsal of a recorder", .serialized)
struct RehearsedRecordTests {
  /// A `record` under strace, with what was asked of the kernel in order.
  private struct Traced {
    var run: Tool.Result
    var lines: [String]

    /// - Parameter fault: what strace does to which call, as its option `inject` has it.
    init(_ tool: Tool, _ words: [String], fault: String? = nil) {
      let log = tool.folder + "/strace"
      // Without -f: the recorder traces from its main thread, and its children are its own.
      run = tool.run(
        program: "strace",
        ["-X", "raw", "-e", "trace=ptrace,wait4,fork,pidfd_open", "-e", "signal=none", "-o", log]
          + (fault.map { ["-e", "inject=" + $0] } ?? []) + [Tool.path, "record", "--unguarded"]
          + words)
      // The last line may be of a call that the recorder never came back from.
      lines = readWhole(log).split(separator: "\n").map(String.init)
    }

    /// The first argument that is a number in decimal: the task that the call is about.
    static func task(_ line: String) -> Int32? {
      let words = line.split { "(), ".contains($0) }
      return words.dropFirst().lazy.compactMap { Int32($0) }.first
    }

    /// The tasks that it asked to seize, in order.
    var seized: [Int32] { lines.filter { $0.hasPrefix("ptrace(0x4206,") }.compactMap(Self.task) }

    /// The number of a line among those of the same call, from 1.
    func number(of index: Int, named name: String) -> Int {
      lines[0...index].count { $0.hasPrefix(name + "(") }
    }
  }

  @Test("In a tree there is one, before the first task is touched")
  func onceInATree() throws {
    for (name, arguments, tasks) in [("many-threads", ["8"], 8), ("process-tree", ["5", "2"], 6)] {
      try withVictim(name, arguments) { victim in
        let tool = try Tool()
        let words = ["\(victim.pid)", "--tree", "--strategy", "direct"]
        let traced = Traced(tool, words)
        #expect(traced.run.status == 0, "\(traced.run.err)")
        let cured = Set(
          tool.sqlite("SELECT task FROM task_verdicts WHERE outcome = 'cured'").compactMap {
            Int32($0[0])
          })
        #expect(cured.count >= tasks)
        #expect(traced.seized.filter { cured.contains($0) }.count == cured.count)
        #expect(traced.seized.filter { !cured.contains($0) } == traced.seized.first.map { [$0] })
        // The control: a task that is no victim is seen here only because of the rehearsal.
        let without = Traced(tool, words + ["--unrehearsed"])
        #expect(without.run.status == 0)
        #expect(without.seized.allSatisfy { cured.contains($0) })
      }
    }
  }

  /// Which fork is the one of the rehearsal: strategies with a breakpoint probe it before that.
  private static let forks = [
    ("breakpoint", 2), ("breakpoint-after", 2), ("syscall", 1), ("direct", 1),
  ]

  @Test("Where fork fails the cure is made without it, and nothing is said", arguments: forks)
  func forkFails(strategy: String, fork: Int) throws {
    try withVictim("blocks-usr1") { victim in
      let tool = try Tool()
      let traced = Traced(
        tool, ["\(victim.pid)", "--strategy", strategy], fault: "fork:error=EAGAIN:when=\(fork)")
      let forks = traced.lines.filter { $0.hasPrefix("fork(") }
      #expect(forks.count == fork && forks.last?.contains("(INJECTED)") == true, "\(forks)")
      #expect(traced.seized == [victim.pid], "the rehearsal alone was left out")
      try expectLanded(traced, tool, victim, strategy)
    }
  }

  @Test("Where there is no descriptor for its child, the child is gone", arguments: forks)
  func pidfdFails(strategy: String, fork: Int) throws {
    try withVictim("blocks-usr1") { victim in
      let tool = try Tool()
      let words = ["\(victim.pid)", "--strategy", strategy]
      let whole = Traced(tool, words)
      let opened = try #require(
        whole.lines.firstIndex {
          $0.hasPrefix("pidfd_open(") && Traced.task($0) != victim.pid
        })
      let number = whole.number(of: opened, named: "pidfd_open")
      let another = try Tool()
      let traced = Traced(another, words, fault: "pidfd_open:error=EMFILE:when=\(number)")
      let failed = try #require(traced.lines.first { $0.contains("(INJECTED)") })
      let child = try #require(Traced.task(failed))
      #expect(child != victim.pid)
      #expect(!FileManager.default.fileExists(atPath: "/proc/\(child)"))
      #expect(traced.seized == [victim.pid])
      try expectLanded(traced, another, victim, strategy)
    }
  }

  private func expectLanded(
    _ traced: Traced, _ tool: Tool, _ victim: LiveProcess, _ strategy: String
  ) throws {
    #expect(traced.run.status == 0)
    #expect(traced.run.errLines == [])
    #expect(tool.sqlite("SELECT verdict, strategy_taken FROM verdicts") == [["landed", strategy]])
    #expect(tool.run("check").status == 0)
    #expect(victim.status("TracerPid") == "0")
    #expect(victim.ask("count") == "count 0")
  }

  @Test(
    "A kill -9 of the recorder within it leaves no child, and the victim untouched",
    arguments: ["breakpoint", "direct"], ["ptrace", "wait4"])
  func killed(strategy: String, call: String) throws {
    // On a busy machine a rehearsal is ended early, and the call is one of the cure then: how many calls
    // it comes to says how busy the machine is, and none would say that nothing was rehearsed.
    var killed = 0, missed = 0, number = 1
    while missed < 3, number < 200 {
      switch try kill(beforeCall: "\(call):signal=KILL:when=\(number)", strategy) {
      case .before: number += 1
      case .within:
        killed += 1
        missed = 0
        number += 1
      case .after: missed += 1
      }
    }
    #expect(killed > 0)
  }

  /// When a recorder was killed: before its rehearsal, within it, or in the cure.
  private enum Moment { case before, within, after }

  private func kill(beforeCall fault: String, _ strategy: String) throws -> Moment {
    try withVictim("blocked-in-read") { victim in
      let maps = victim.maps
      let descriptors = victim.descriptors
      let traced = Traced(
        try Tool(), ["\(victim.pid)", "--strategy", strategy], fault: fault)
      if traced.seized.contains(victim.pid) { return .after }
      #expect(traced.run.status == 128 + 9, "\(fault)")
      #expect(victim.status("TracerPid") == "0", "\(fault)")
      #expect(victim.maps == maps, "\(fault)")
      #expect(victim.descriptors == descriptors, "\(fault)")
      #expect(victim.ask("on") == "line on", "\(fault)")
      guard let child = traced.seized.first else { return .before }
      // Much shorter than it would sleep. Whoever inherits it may not have waited for it yet.
      try OtherTask(pid: child).settle(in: ["Z", "X"], within: 3000)
      return .within
    }
  }
}
