import FiniModel
import FiniProof
import FiniPtrace
import FiniTestSupport
import Foundation
import Testing

@testable import FiniEngine
@testable import FiniProcfs

/// What is special about 32-bit code; EveryVictimTests has the many victims.
@Suite(
  "32-bit code", .serialized,
  .enabled(if: House.builds32Bit, "no 32-bit programs are made here (Debian: gcc-multilib)"))
struct Compat32Tests {
  /// No libc: nothing but `int $0x80`, and the vdso is the only other code.
  @Test("A 32-bit program of three instructions is cured", arguments: FiniStrategy.allCases)
  @PtraceThread func bare(strategy: FiniStrategy) throws {
    let path =
      FileManager.default.temporaryDirectory.path
      + "/fini-trace-32-\(Doors.ownProcess)-\(strategy.name)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let source = """
      .globl _start
      _start: mov $29, %eax
      int $0x80
      jmp _start
      """
    try source.write(toFile: path + ".s", atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(atPath: path + ".s") }
    let built = House.run("gcc", ["-m32", "-nostdlib", "-static", "-o", path, path + ".s"])
    try #require(built.status == 0, "no 32-bit linker: \(built.output)")
    let process = try LiveProcess(path: path, words: [path])
    #expect(process.reaches(["S"]))
    let before = try Look(at: process.pid)
    let made = try cure(process.pid, strategy)
    #expect(made.report.failure == nil)
    #expect(made.verdict == .landed)
    let after = try Look(at: process.pid)
    #expect(after.differences(from: before) == [])
    #expect(after[.cs] == 0x23)
  }

  @Test("32-bit code's registers use GETREGS and SETREGS, those of 64-bit code GETREGSET")
  @PtraceThread func requests() throws {
    for (name, isCompat) in [
      ("blocked-in-read-32", true), ("in-32-bit-code", true), ("in-64-bit-code-32", false),
      ("blocked-in-read", false),
    ] {
      try withVictim(name) { victim in
        let made = try cure(victim.pid, .breakpoint)
        #expect(made.verdict == .landed)
        let requests = made.log.requests
        #expect(requests.contains { $0.request == .getRegisters } == isCompat, "\(name)")
        #expect(requests.contains { $0.request == .setRegisters } == isCompat, "\(name)")
        #expect(requests.contains { $0.request == .setRegisterSet } != isCompat, "\(name)")
      }
    }
  }

  @Test(
    "Where MAP_32BIT finds no free address, another gap is taken",
    arguments: FiniStrategy.allCases)
  @PtraceThread func full(strategy: FiniStrategy) throws {
    try withVictim("full-second-gib-32") { victim in
      let made = try cure(victim.pid, strategy)
      #expect(made.report.failure == nil)
      #expect(made.verdict == .landed)
      // The first mmap fails with ENOMEM, the second does not.
      let results = made.log.requests.compactMap { call -> Int64? in
        guard call.request == .getRegisters, case .registers(let registers) = call.detail
        else { return nil }
        return Int64(bitPattern: registers[.rax])
      }
      #expect(results.dropFirst().first == -12)
      #expect(results.dropFirst(2).first.map { $0 >= 1 << 31 && $0 < 1 << 32 } ?? false)
      #expect(victim.ask("on") == "line on")
    }
  }

  @Test(
    "A 32-bit sleep that is interrupted half-way ends when it should",
    arguments: FiniStrategy.allCases)
  @PtraceThread func sleep(strategy: FiniStrategy) throws {
    try withVictim("sleeping-32", ["2"]) { victim in
      usleep(1_000_000)
      let made = try cure(victim.pid, strategy)
      #expect(made.verdict == .landed)
      let words = (victim.nextLine() ?? "").split(separator: " ")
      #expect(Array(words.dropFirst().prefix(2)) == ["0", "0"])
      // If it began again, it would take three seconds.
      #expect(words.last.flatMap { Double($0) }.map { $0 >= 2000 && $0 < 2900 } ?? false)
    }
  }

  @Test("The widest gap in the memory of a process of 32 or 64 bits")
  func hint() {
    let low = """
      08048000-08049000 r-xp 00000000 00:00 0                                  /bin/x
      50000000-50001000 rw-p 00000000 00:00 0 
      f7fc0000-f7fc2000 r-xp 00000000 00:00 0                                  [vdso]
      ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]

      """
    // From 50001000 to f7fc0000: the middle of that.
    let narrow = MappingHint(MemoryMap(parsing: Array(low.utf8)))
    #expect(narrow.gap == RemoteAddress(0xa3fe_0000) && narrow.isLow)
    // From f7fc2000 to 7ffd1b6a0000: the middle of that.
    let high = low.replacing(
      "ffffffffff600000",
      with: "7ffd1b6a0000-7ffd1b6c1000 rw-p 00000000 00:00 0     [stack]\nffffffffff600000")
    let wide = MappingHint(MemoryMap(parsing: Array(high.utf8)))
    #expect(wide.gap == RemoteAddress(0x3fff_09b3_1000) && !wide.isLow)
  }

  @Test(
    "A signal between any two calls arrives exactly once, with its siginfo",
    arguments: FiniStrategy.allCases)
  @PtraceThread func signals(strategy: FiniStrategy) throws {
    try SignalAtEachBoundaryTests.atEachBoundary(of: "counts-32", ["10"], strategy: strategy) {
      $0.queue(10, value: 42)
    } problems: { victim, made, _ in
      var facts = SignalAtEachBoundaryTests.cured(victim, made)
      facts["once"] = victim.ask("count") == "count 1"
      facts["with its siginfo"] = victim.ask("last") == "last -1 42 \(Doors.ownProcess)"
      return facts
    }
  }

  @Test("A user's SIGTRAP arrives exactly once", arguments: FiniStrategy.allCases)
  @PtraceThread func trap(strategy: FiniStrategy) throws {
    try SignalAtEachBoundaryTests.atEachBoundary(of: "counts-32", ["5"], strategy: strategy) {
      $0.signal(5)
    } problems: { victim, made, _ in
      var facts = SignalAtEachBoundaryTests.cured(victim, made)
      facts["once"] = victim.ask("count") == "count 1"
      return facts
    }
  }
}
