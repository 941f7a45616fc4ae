import FiniModel
import FiniTestSupport
import Foundation
import Testing

@testable import FiniImporters

@Suite("Inputs that are not logs")
struct FuzzTests {
  private static let seeds = [
    "1795462940.023027 ptrace(0x4204 /* PTRACE_GETREGSET */, 9, 0x1 /* NT_PRSTATUS */, {iov_base={r15=0x7f21, r14=0, rip=0x55, ...}, iov_len=216}) = 0",
    "[pid 12] 19:32:36.83 wait4(-1, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGTRAP}|0x80 /* PTRACE_EVENT_STOP */<<16], __WALL, NULL) = 9 <0.000012>",
    "12 <... wait4 resumed>[{WIFSIGNALED(s) && WTERMSIG(s) == SIGKILL}], 0, NULL) = 31",
    "--- SIGCHLD {si_signo=17 /* SIGCHLD */, si_code=0x4 /* CLD_TRAPPED */, si_pid=9} ---",
    "(00.058443) Error (compel/src/lib/infect.c:1443): Task 48 is in unexpected state: b7f",
    "pie: 9: 9: new_sp=0x7f21f2cbaec8 ip 0x7f21f2dc8827",
    "    10.467 (64.515 ms): criu/8896 ptrace(request: 16901, pid: 6943, addr: 0x402) = 0",
    "   py-spy 31006 [001] 44492463.265317: syscalls:sys_enter_ptrace: request: 0x11, pid: 0x4fef",
    "ptrace(PTRACE_SETSIGMASK, 7, 8, ~[TRAP RT_1]) = -1 ESRCH (No such process)",
    "wait4(7,", "-12 **ptrace(PTRACE_SEIZE, 7, NULL, 0) = -1 EPERM (x)**", "exit_group(1) = ?",
    "12 wait4(-1, [{WIFSTOPPED(s) &amp;&amp; WSTOPSIG(s) == SIGTRAP}], 0, NULL &lt;unfinished ...&gt;",
    "(00.01)pie: 9: Error (a.c:1): Thread pid mismatch 9>", "(00.01)pie: 9: 9/8",
    "x Error (a.c:1): one 7 pie: 7: Error (b.c:2): two (00.000123) Error (c.c:3): three",
    "{\"log\":\"(00.02) Error (a.c:1): x \\\"y\\\"\\n\",\"stream\":\"stderr\"}",
    "time=\"2026\" level=error msg=\"criu failed: type NOTIFY errno 0\\nlog file: /x/dump.log\"",
    "[  41.1] traps: demo[7] trap int3 ip:1 sp:2 error:0", "(00.1) freezer.state=FREEZING",
    "\tLC1: Error (x.c:1): Can't run parasite at 2: No such process",
  ]

  /// A change of a line: bytes changed, removed, inserted, doubled.
  private func mutate(_ line: [UInt8], _ random: inout SplitMix64) -> [UInt8] {
    var line = line
    for _ in 0..<Int.random(in: 1...6, using: &random) {
      guard !line.isEmpty else { break }
      let place = Int.random(in: 0..<line.count, using: &random)
      switch Int.random(in: 0..<5, using: &random) {
      case 0: line[place] = UInt8.random(in: 0...255, using: &random)
      case 1: line.remove(at: place)
      case 2: line.insert(UInt8.random(in: 0...255, using: &random), at: place)
      case 3: line.removeLast(line.count - place)
      default: line += line[place...].prefix(400)
      }
    }
    return line
  }

  @Test("Changed lines neither crash a reader nor make it lose one of them")
  func lines() {
    var random = SplitMix64(seed: 5)
    let seeds = FuzzTests.seeds.map { Array($0.utf8) }
    let rounds = Int(ProcessInfo.processInfo.environment["FINI_FUZZ_LINES"] ?? "") ?? 60_000
    for format in LineFormat.allCases {
      var reader = InputReader(format: format, name: "-", task: TaskID(0))
      var importer = Importer(inputs: [("-", format, TaskID(0))])
      var events = 0
      let count = rounds / LineFormat.allCases.count
      for number in 0..<count {
        let seed = seeds[Int.random(in: 0..<seeds.count, using: &random)]
        let bytes = mutate(seed, &random)
        let line = TextLine(
          bytes: bytes, start: 0, end: bytes.count, number: UInt32(number + 1), isCut: false,
          isLast: false)
        reader.read(line) { importer.take($0, of: 0) }
        importer.drain { _, _ in events += 1 }
        // A reader of a stored line takes it apart once more.
        let message = LogMessage(line.text)
        #expect(message.text.utf8.count <= line.text.utf8.count)
        _ = KernelLine(line.text)
      }
      for sight in reader.end() { importer.take(sight, of: 0) }
      let summary = reader.summary
      #expect(summary.lines == count)
      #expect(summary.used + summary.passed + summary.unparsed == count)
      importer.end()
      importer.drain { _, _ in events += 1 }
      #expect(events >= summary.unparsed)
    }
  }

  /// A file with lines removed, doubled, moved, joined with others or cut, and bytes changed.
  private func mutateFile(_ lines: [[UInt8]], _ random: inout SplitMix64) -> [UInt8] {
    var lines = lines
    for _ in 0..<Int.random(in: 1...30, using: &random) {
      guard lines.count > 1 else { break }
      let place = Int.random(in: 0..<lines.count, using: &random)
      let other = Int.random(in: 0..<lines.count, using: &random)
      switch Int.random(in: 0..<6, using: &random) {
      case 0: lines.remove(at: place)
      case 1: lines.insert(lines[other], at: place)
      case 2: lines.swapAt(place, other)
      case 3: lines[place] += lines[other]
      default: lines[place] = mutate(lines[place], &random)
      }
    }
    var bytes = Array(lines.joined(separator: [0x0a]))
    if Bool.random(using: &random) {
      bytes.removeLast(Int.random(in: 0...bytes.count, using: &random))
    }
    return bytes
  }

  @Test("Changed files, alone and in pairs, are read to their end and every line is counted")
  func files() throws {
    let folder = NSTemporaryDirectory() + "fini-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var random = SplitMix64(seed: 7)
    let fixtures = ["good.strace", "sigstop.strace", "sigstop.log", "restore.log", "gdb.strace"]
    let seeds = fixtures.map { name -> [[UInt8]] in
      let path = House.root + "/Tests/Fixtures/\(name).gz"
      let text = House.run("gzip", ["-dc", path]).output
      return text.split(separator: "\n").map { Array($0.utf8) }
    }
    let rounds = Int(ProcessInfo.processInfo.environment["FINI_FUZZ_FILES"] ?? "") ?? 60
    for round in 0..<rounds {
      var names: [String] = []
      for index in 0...(round & 1) {
        let seed = seeds[Int.random(in: 0..<seeds.count, using: &random)]
        let name = "\(folder)/\(index)"
        try Data(mutateFile(seed, &random)).write(to: URL(fileURLWithPath: name))
        names.append(name)
      }
      do throws(ImportError) {
        let run = try ImportRun(names.map { LogFile($0) }, demand: .none)
        var events = 0
        while try run.step({ _, _ in events += 1 }) {}
        for summary in run.summaries {
          #expect(summary.used + summary.passed + summary.unparsed == summary.lines)
        }
        #expect(events >= run.summaries.reduce(0) { $0 + $1.unparsed })
      } catch {
        switch error {
        case .empty, .notRecognized, .sameTwice: break
        default: Issue.record("\(error)")
        }
      }
    }
  }

  @Test("Lines of any length are cut, counted and bounded")
  func cutter() {
    var cutter = LineCutter()
    var lines: [(Int, Bool)] = []
    let long = [UInt8](repeating: 0x61, count: LineCutter.limit)
    cutter.take(Array("a\r\nbc\n".utf8)) { lines.append(($0.text.utf8.count, $0.isCut)) }
    for _ in 0..<4 { cutter.take(long) { lines.append(($0.text.utf8.count, $0.isCut)) } }
    cutter.take(Array("\nend".utf8)) { lines.append(($0.text.utf8.count, $0.isCut)) }
    cutter.end { lines.append(($0.text.utf8.count, $0.isLast)) }
    #expect(lines.map { $0.0 } == [1, 2, LineCutter.limit, 3])
    #expect(lines.last?.1 == true)
  }

  @Test("gzip and zstd are decompressed, and damage is reported", arguments: ["gzip", "zstd"])
  func packed(program: String) throws {
    let folder = NSTemporaryDirectory() + "fini-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let plain = folder + "/log"
    let text = String(repeating: FuzzTests.seeds[0] + "\n", count: 20_000)
    try text.write(toFile: plain, atomically: true, encoding: .utf8)
    #expect(House.run("sh", ["-c", "\(program) -q -c \(plain) > \(plain).packed"]).status == 0)
    let file = try InputFile(plain + ".packed")
    var bytes: [UInt8] = []
    while true {
      let block = try file.next()
      if block.isEmpty { break }
      bytes += block
    }
    #expect(bytes == Array(text.utf8))
    #expect(
      House.run(
        "sh",
        ["-c", "head -c $(($(wc -c < \(plain).packed) / 2)) \(plain).packed > \(plain).damaged"]
      ).status == 0)
    let damaged = try InputFile(plain + ".damaged")
    #expect(throws: ImportError.damaged(name: plain + ".damaged")) {
      while !(try damaged.next()).isEmpty {}
    }
  }
}
