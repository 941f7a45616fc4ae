import FiniEngine
import FiniModel
import FiniPtrace
import FiniTestSupport
import Testing

/// What happens to a victim whose tracer is killed directly before one of its calls.
enum Aftermath: Equatable {
  /// It is as it was found, and nothing is left in it.
  case whole
  /// It works as before, but the blob is still mapped or a descriptor of the cure is open.
  case leftovers
  /// It works as before, with another signal mask.
  case wrongMask
  /// It works as before, but a breakpoint is still armed in it.
  case armed
  /// It lives, but does not do its work.
  case stuck
  /// It ended, with this status (128 + n for a signal).
  case dead(Int32)
}

@Suite("A tracer that is killed", .serialized)
struct TracerDeathTests {
  @PtraceThread private static func aftermath(
    of strategy: FiniStrategy, before index: Int, in name: String = "blocks-usr1"
  ) throws -> Aftermath {
    // It has a signal mask that is not empty: an empty one would also come from a frame without a
    // mask.
    try withVictim(name) { victim in
      let maps = victim.maps.count
      let descriptors = victim.descriptors
      let mask = victim.status("SigBlk")
      let helper = House.products + "/fini-cure-helper"
      let said = House.run(helper, ["die", "\(victim.pid)", strategy.name, "\(index)"])
      // The shell that starts it is replaced by exec: SIGKILL kills the recorder itself.
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

  /// What may happen to the victim at a step where it is not left whole.
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
    // From the resume into rt_sigreturn until the registers lead to the munmap, only a tracer can
    // take the memory away.
    let unmap = calls.indices.filter { calls[$0].kind == .registersWritten }.dropFirst(2).first ?? 0
    if strategy != .direct {
      let fini = calls.lastIndex { $0.kind == .interrupt } ?? 0
      for index in fini...unmap { limits[index] = [.leftovers] }
    }
    guard let armed = debugControl(true), let disarmed = debugControl(false) else { return limits }
    for index in armed + 1...disarmed {
      // If it is armed at an instruction of the task's own, the victim dies when it gets there. In
      // the parasite it dies only while no wait has taken a trap that has happened. A 32-bit
      // program enters the kernel by sysenter, and gets to the int $0x80 before its pc only to
      // restart a call. If the wait took the trap, it may never get there again.
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
    "Before any of its calls: the victim continues as it was, except for the known limits",
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
    // From FINI on. The steps before are the same as in a victim that reads.
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
