import FiniEngine
import FiniModel
import FiniPtrace
import FiniTestSupport
import Testing

/// What becomes of a victim whose tracer is killed right before one of its calls.
enum Aftermath: Equatable {
  /// As it was found, nothing left behind.
  case whole
  /// It works on as it was, but the blob is still mapped or a descriptor of ours open.
  case leftovers
  /// It works on with another signal mask.
  case wrongMask
  /// It works on, but a breakpoint is still armed in it.
  case armed
  /// It lives and does not do what it is for.
  case stuck
  /// It ended, with this status (128 + n for a signal).
  case dead(Int32)
}

@Suite("A tracer that is killed", .serialized)
struct TracerDeathTests {
  @PtraceThread private static func aftermath(
    of strategy: FiniStrategy, before index: Int, in name: String = "blocks-usr1"
  ) throws -> Aftermath {
    // It has a mask of its own: an empty one would also come from a frame without a mask.
    try withVictim(name) { victim in
      let maps = victim.maps.count
      let descriptors = victim.descriptors
      let mask = victim.status("SigBlk")
      let helper = House.products + "/fini-cure-helper"
      let said = House.run(helper, ["die", "\(victim.pid)", strategy.name, "\(index)"])
      // The shell that starts it gives way by exec: it is killed by SIGKILL itself.
      guard said.status == 128 + 9 else {
        throw TestSupportError.setUp("the helper lived: \(said.status) \(said.output)")
      }
      guard victim.reaches(["S"], within: 500), victim.ask("count", within: 500) == "count 0",
        victim.reaches(["S"]), let look = try? Look(at: victim.pid)
      else {
        return victim.waitForEnd(within: 500).map { .dead($0) } ?? .stuck
      }
      if look.debugControl & 0xff != 0 { return .armed }
      if victim.status("SigBlk") != mask { return .wrongMask }
      return victim.maps.count == maps && victim.descriptors == descriptors ? .whole : .leftovers
    }
  }

  /// The calls of one cure: those before which the tracer can be killed.
  @PtraceThread private static func calls(
    of strategy: FiniStrategy, in name: String = "blocks-usr1"
  ) throws -> [Event] {
    try withVictim(name) { try cure($0.pid, strategy).log.calls }
  }

  /// What may become of the victim at a step where it is not left whole.
  ///
  /// docs/Decisions/0010 says why for each.
  private static func limits(
    _ calls: [Event], _ strategy: FiniStrategy, is32Bit: Bool
  ) -> [Int: [Aftermath]] {
    var limits: [Int: [Aftermath]] = [:]
    func debugControl(_ isArming: Bool) -> Int? {
      calls.lastIndex { event in
        if case .request(let call) = event.payload,
          case .control(let control) = call.debugRegisterWrite
        {
          control.isArmed == isArming
        } else {
          false
        }
      }
    }
    // From the resume that lets rt_sigreturn happen until the registers lead to the munmap nobody
    // but a tracer takes the memory away.
    let unmap = calls.indices.filter { calls[$0].kind == .registersWritten }.dropFirst(2).first ?? 0
    if strategy != .direct {
      let fini = calls.lastIndex { $0.kind == .interrupt } ?? 0
      for index in fini...unmap { limits[index] = [.leftovers] }
    }
    guard let armed = debugControl(true), let disarmed = debugControl(false) else { return limits }
    for index in armed + 1...disarmed {
      // Armed at an instruction of its own the victim is lost when it comes there; in the parasite
      // only while a trap that has happened is not taken by a wait. A 32-bit program enters the
      // kernel by sysenter and comes to the int $0x80 before its pc only to restart a call: where
      // the wait took the trap, it may never come there again.
      limits[index] =
        strategy == .breakpointAfter
        ? (is32Bit && index > armed + 2 ? [.dead(133), .armed] : [.dead(133)])
        : index == armed + 2 ? [.dead(133), .armed] : [.armed]
    }
    return limits
  }

  @PtraceThread private static func expectToGoOn(
    _ strategy: FiniStrategy, in name: String
  ) throws {
    let calls = try Self.calls(of: strategy, in: name)
    try #require(calls.count > 25)
    let limits = Self.limits(calls, strategy, is32Bit: name.hasSuffix("-32"))
    for index in calls.indices {
      let aftermath = try Self.aftermath(of: strategy, before: index, in: name)
      let isKnown = limits[index]?.contains(aftermath) ?? false
      #expect(
        aftermath == .whole || isKnown,
        "before call \(index), \(calls[index].callName): \(aftermath)")
    }
  }

  @Test(
    "Before whichever call it is killed, the victim goes on as it was; but for the known limits",
    arguments: FiniStrategy.allCases)
  @PtraceThread func goesOn(strategy: FiniStrategy) throws {
    try Self.expectToGoOn(strategy, in: "blocks-usr1")
  }

  @Test(
    "The same for a 32-bit program", .enabled(if: House.builds32Bit, "none is made here"),
    arguments: FiniStrategy.allCases)
  @PtraceThread func goesOn32(strategy: FiniStrategy) throws {
    try Self.expectToGoOn(strategy, in: "blocks-usr1-32")
  }

  @Test("A sleeper outlives it at every step of tracing calls, a cancelled rt_sigreturn included")
  @PtraceThread func sleeper() throws {
    let words = ["sleeping", "600"]
    func calls() throws -> Int {
      try withVictim(words[0], [words[1]]) { try cure($0.pid, .syscall).log.calls.count }
    }
    let count = try calls()
    try #require(count > 40)
    // From FINI on: what comes before is no other than in a victim that reads.
    for index in count / 2..<count {
      try withVictim(words[0], [words[1]]) { victim in
        let helper = House.products + "/fini-cure-helper"
        let said = House.run(helper, ["die", "\(victim.pid)", "syscall", "\(index)"])
        #expect(said.status == 128 + 9)
        #expect(victim.reaches(["S"]), "before call \(index): it is \(victim.state)")
      }
    }
  }

  @Test(
    "The list of harm, step by step",
    .enabled(if: Doors.variable("FINI_LIST_HARM") != nil, "set FINI_LIST_HARM to print it"),
    arguments: FiniStrategy.allCases)
  @PtraceThread func list(strategy: FiniStrategy) throws {
    let calls = try Self.calls(of: strategy)
    for index in calls.indices {
      let aftermath = try Self.aftermath(of: strategy, before: index)
      print("HARM \(strategy.name) \(index) \(calls[index].callName): \(aftermath)")
    }
  }
}
