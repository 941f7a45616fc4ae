import FiniEngine
import FiniModel
import FiniProof
import FiniPtrace
import FiniTestSupport
import Testing

/// What a saved `eflags` may hold; docs/Decisions/0026 has each bit.
@Suite("A task whose flags are not the usual ones", .serialized)
struct FlagsTests {
  private static let resumeFlag: UInt64 = 0x1_0000

  @Test(
    "RF in its saved state: it is stopped at its next instruction, and gets RF back",
    arguments: FiniStrategy.allCases)
  @PtraceThread func resumeFlag(strategy: FiniStrategy) throws {
    try withVictim("busy") { victim in
      for _ in 0..<10 {
        let log = EventLog()
        var isSet = false
        let made = try cure(victim.pid, strategy, log: log) { _ in
          guard !isSet, log.stops.last?.stopClass == .interrupt else { return }
          // A fault, or an interrupt in a `rep` instruction, leaves it like this.
          #expect(Doors.setFlags(victim.pid, Self.resumeFlag) == 0)
          isSet = true
        }
        #expect(isSet)
        #expect(made.report.failure == nil)
        #expect(made.report.isCured)
        #expect(made.report.taken == strategy)
        #expect(made.verdict == .landed)
        let written = try #require(log.written.last)
        #expect(written == log.read.first)
        #expect(written[.eflags] & Self.resumeFlag != 0)
      }
      try Self.expectWell(victim)
    }
  }

  @Test(
    "In a `rep` instruction at nearly each stop: mask and vector registers are unchanged",
    arguments: FiniStrategy.allCases)
  @PtraceThread func repeats(strategy: FiniStrategy) throws {
    try withVictim("repeats", ["mask"]) { victim in
      var found = 0
      for _ in 0..<40 {
        let made = try cure(victim.pid, strategy)
        #expect(made.report.failure == nil)
        #expect(made.report.isCured)
        #expect(made.verdict == .landed)
        if (made.log.read.first?[.eflags] ?? 0) & Self.resumeFlag != 0 { found += 1 }
      }
      #expect(found > 10, "\(found) of 40 stops with RF")
      try Self.expectWell(victim)
    }
  }

  @Test("A second arrival at the breakpoint is recognized, and no outdated state is written")
  @PtraceThread func secondArrival() throws {
    try withVictim("repeats", ["mask"]) { victim in
      var found = 0
      for _ in 0..<20 {
        let log = EventLog()
        var isLed = false
        let made = try cure(victim.pid, .breakpointAfter, log: log) { _ in
          guard !isLed, log.hasSentFini, let saved = log.read.first else { return }
          isLed = true
          // POKEDATA: RF in the frame, so that the task runs past the breakpoint.
          let address = try? Self.flagsInFrame(of: victim)
          #expect(
            Doors.ptrace(5, victim.pid, address ?? 0, saved[.eflags] | Self.resumeFlag) == 0)
        }
        #expect(isLed)
        #expect(made.report.leftBehind.isEmpty)
        #expect(made.report.isCured)
        if made.report.failure == nil, made.verdict == .missed { found += 1 }
      }
      #expect(found > 10, "\(found) of 20 came there a second time")
      try Self.expectWell(victim)
    }
  }

  /// Where eflags is in the sigframe of an infected victim. The frame is two pages after the blob,
  /// and `struct ucontext` has eflags 176 bytes from its start, which is 8 bytes into the frame.
  private static func flagsInFrame(of victim: LiveProcess) throws -> UInt64 {
    let region = victim.maps.first { $0.contains(" rwxs ") }
    let start = region?.split(separator: "-").first.flatMap { UInt64($0, radix: 16) }
    return try #require(start) + 2 * 4096 + 8 + 176
  }

  @Test(
    "A task that single-steps itself misses no step and repeats none",
    arguments: FiniStrategy.allCases)
  @PtraceThread func steps(strategy: FiniStrategy) throws {
    try withVictim("steps-itself", ["spins"]) { victim in
      for _ in 0..<40 {
        let made = try cure(victim.pid, strategy)
        #expect(made.report.failure == nil)
        #expect(made.report.isCured)
        #expect(made.verdict == .landed)
      }
      try Self.expectWell(victim)
    }
  }

  @Test(
    "Flags that would disturb the parasite and the bridge, when the tracer dies",
    arguments: ["holds-flags", "steps-itself"], FiniStrategy.allCases)
  @PtraceThread func tracerDies(name: String, strategy: FiniStrategy) throws {
    let calls = try withVictim(name) { try cure($0.pid, strategy).log.calls }
    let resumes = calls.indices.filter { calls[$0].kind == .cont || calls[$0].kind == .syscall }
    // On the bridge after the first call, in the parasite, and on the way back after the last call.
    for index in [resumes[1], resumes[2] + 2, resumes[resumes.count - 2]] {
      try withVictim(name) { victim in
        let helper = House.products + "/fini-cure-helper"
        let said = House.run(helper, ["die", "\(victim.pid)", strategy.name, "\(index)"])
        #expect(said.status == 128 + 9)
        #expect(victim.reaches(["S"]))
        // The bridge does not set TF: a task that single-steps continues without it, and reports
        // missed steps.
        let answer = victim.ask("on")
        if name == "holds-flags" {
          #expect(answer == "line on", "before call \(index)")
        } else {
          #expect(answer == "line on" || answer?.hasPrefix("corrupt step:") ?? false)
        }
      }
    }
  }

  /// It prints something only when asked.
  private static func expectWell(_ victim: LiveProcess) throws {
    victim.signal(12)
    let line = try #require(victim.nextLine())
    #expect(line.hasPrefix("turns "), "\(line)")
    victim.closeInput()
    #expect(victim.waitForEnd(within: 5000) == 0)
    #expect(victim.rest(within: 100) == "")
  }
}

extension EventLog {
  /// The registers that were read, in order.
  fileprivate var read: [Registers] { registers(of: [.getRegisterSet, .getRegisters]) }
  /// The registers that were written, in order.
  fileprivate var written: [Registers] { registers(of: [.setRegisterSet, .setRegisters]) }

  /// Whether FINI was the last event.
  fileprivate var hasSentFini: Bool {
    guard case .rpc(let record) = events.last?.payload else { return false }
    return record.command == .fini && record.direction == .sent
  }

  private func registers(of requests: Set<PtraceRequest>) -> [Registers] {
    self.requests.compactMap { call in
      guard requests.contains(call.request), case .registers(let registers) = call.detail else {
        return nil
      }
      return registers
    }
  }
}
