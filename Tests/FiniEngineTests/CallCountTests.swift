import FiniEngine
import FiniModel
import FiniPtrace
import FiniTestSupport
import Testing

/// What fini costs: the calls from its PTRACE_INTERRUPT on. A stop costs 40 us, a call 1 us.
@Suite("What fini costs")
struct CallCountTests {
  /// The calls and stops of fini, from its interrupt to the event before which `isEnd` is true.
  private func cost(_ log: EventLog, upTo isEnd: (Event) -> Bool) -> (calls: [String], stops: Int) {
    let interrupts = log.events.indices.filter { log.events[$0].kind == .interrupt }
    guard let start = interrupts.last else { return ([], 0) }
    var calls: [String] = []
    var stops = 0
    for event in log.events[start...] {
      if isEnd(event) { break }
      switch event.payload {
      case .request, .wait: calls.append(event.callName)
      case .stop: stops += 1
      default: break
      }
    }
    return (calls, stops)
  }

  @Test("breakpoint: 14 calls and 4 stops to the exit of rt_sigreturn")
  @PtraceThread func breakpoint() throws {
    try withVictim("blocked-in-read") { victim in
      let log = try cure(victim.pid, .breakpoint).log
      var exits = 0
      let cost = cost(log) { event in
        if exits > 0 { return true }
        if case .stop(let stop) = event.payload, stop.stopClass == .syscallExit { exits += 1 }
        return false
      }
      #expect(cost.stops == 4)
      #expect(
        cost.calls == [
          "PTRACE_INTERRUPT", "wait4", "PTRACE_POKEUSER DR0 = ...", "PTRACE_POKEUSER DR6 = ...",
          "PTRACE_POKEUSER DR7 = 1", "PTRACE_CONT", "wait4", "PTRACE_GETSIGINFO",
          "PTRACE_POKEUSER DR7 = 0", "PTRACE_SYSCALL", "wait4", "PTRACE_GET_SYSCALL_INFO",
          "PTRACE_SYSCALL", "wait4",
        ])
    }
  }

  @Test("direct: 3 stops and 11 calls until the own registers are written")
  @PtraceThread func direct() throws {
    try withVictim("blocked-in-read") { victim in
      let made = try cure(victim.pid, .direct)
      var saved: Registers?
      let cost = cost(made.log) { event in
        guard case .request(let call) = event.payload, case .registers(let registers) = call.detail
        else { return false }
        if saved == nil,
          let first = made.log.requests.first(where: { $0.request == .getRegisterSet }),
          case .registers(let before) = first.detail
        {
          saved = before
        }
        return call.request == .setRegisterSet && registers == saved
      }
      #expect(cost.stops == 3)
      #expect(
        cost.calls == [
          "PTRACE_INTERRUPT", "wait4", "PTRACE_SETREGSET", "PTRACE_SETSIGMASK", "PTRACE_SYSCALL",
          "wait4", "PTRACE_GET_SYSCALL_INFO", "PTRACE_SYSCALL", "wait4", "PTRACE_GETREGSET",
          "PTRACE_SETSIGMASK",
        ])
    }
  }

  @Test("syscall: more stops than breakpoint, which is why breakpoint exists")
  @PtraceThread func syscall() throws {
    try withVictim("blocked-in-read") { victim in
      let made = try cure(victim.pid, .syscall)
      let entries = made.log.stops.filter { $0.stopClass == .syscallEntry }.compactMap(
        \.syscall?.number)
      // recvfrom is under way when FINI comes; then close, rt_sigreturn, and the remote munmap.
      #expect(Array(entries.suffix(3)) == [3, 15, 11])
    }
  }
}
