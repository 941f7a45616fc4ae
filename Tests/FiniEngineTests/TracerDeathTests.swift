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
    of strategy: FiniStrategy, before index: Int
  ) throws -> Aftermath {
    // It has a mask of its own: an empty one would also come from a frame without a mask.
    try withVictim("blocks-usr1") { victim in
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
  @PtraceThread private static func calls(of strategy: FiniStrategy) throws -> [Event] {
    try withVictim("blocks-usr1") { try cure($0.pid, strategy).log.calls }
  }

  /// The index of the first call after the parasite was let run.
  private static func start(_ calls: [Event]) -> Int {
    (calls.firstIndex { $0.kind == .cont } ?? 0) + 1
  }

  @Test(
    "From the parasite's start until it is stopped for good, the victim cures itself",
    arguments: FiniStrategy.allCases)
  @PtraceThread func selfCure(strategy: FiniStrategy) throws {
    let calls = try Self.calls(of: strategy)
    let start = Self.start(calls)
    let interrupt = try #require(calls.lastIndex { $0.kind == .interrupt })
    // Up to the stop in the parasite, and on until something is armed or rt_sigreturn traced.
    let armed = calls.firstIndex { event in
      if case .request(let call) = event.payload {
        call.debugRegisterWrite?.number == 7
      } else {
        false
      }
    }
    let own = calls.indices.last { calls[$0].kind == .syscall }
    let end = strategy == .direct ? interrupt + 2 : armed ?? own ?? interrupt
    try #require(start < end)
    for index in start...end {
      let aftermath = try Self.aftermath(of: strategy, before: index)
      #expect(
        aftermath == .whole || aftermath == .leftovers,
        "before call \(index), \(calls[index].callName): \(aftermath)")
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
