import FiniEngine
import FiniModel
import FiniProof
import FiniPtrace
import FiniTestSupport
import Testing

@Suite("A cured victim is what it was before")
struct VictimUnchangedTests {
  /// The victims that are always in one system call, so that their registers can be compared.
  static let still = [
    "blocked-in-read", "pending-blocked", "counts-usr1", "blocks-usr1", "ignores-trap",
    "handles-trap-blocked", "epoll", "on-altstack", "many-threads", "many-maps", "stopped", "audit",
  ]
  /// The victims that sleep with a timeout which the kernel keeps in a restart block.
  static let timed = ["sleeping", "blocked-in-poll", "futex-timeout"]

  @Test(
    "Registers, extended state, mask, actions, maps, descriptors and code are the same",
    arguments: still + timed, FiniStrategy.allCases)
  @PtraceThread func nothingDiffers(name: String, strategy: FiniStrategy) throws {
    let arguments = name == "blocked-in-poll" ? ["60000"] : Self.timed.contains(name) ? ["60"] : []
    try withVictim(name, arguments) { victim in
      // The first stop turns a call with a restart block into restart_syscall(2), number 219. From
      // the second stop on the registers stay the same.
      let resting: Character = name == "stopped" ? "T" : "S"
      _ = try Look(at: victim.pid)
      #expect(victim.reaches([resting]))
      let before = try VictimPortrait(of: victim, resting: resting)
      let made = try cure(victim.pid, strategy)
      #expect(made.report.failure == nil)
      #expect(made.report.leftBehind.isEmpty)
      #expect(made.report.isCured)
      #expect(victim.status("TracerPid") == "0")
      #expect(made.verdict == .landed)
      #expect(victim.reaches([resting]))
      let after = try VictimPortrait(of: victim, resting: resting)
      #expect(after.look.differences(from: before.look) == [])
      #expect(after.look.extendedState == before.look.extendedState)
      #expect(after.look.mask == before.look.mask)
      #expect(after.look.debugControl == 0)
      #expect(after.signals == before.signals)
      #expect(after.maps == before.maps)
      #expect(after.descriptors == before.descriptors)
      #expect(after.code == before.code)
      #expect(after.state == before.state)
      #expect(after.threads == before.threads)
    }
  }

  @Test(
    "Each of sixteen threads, in as many kinds of wait, is as it was",
    arguments: FiniStrategy.allCases)
  @PtraceThread func threads(strategy: FiniStrategy) throws {
    try withVictim("many-threads") { victim in
      let threads = victim.threads.dropFirst().map { OtherTask(pid: $0) }
      try #require(threads.count == 16)
      for (index, thread) in threads.enumerated() {
        // The fourth spins. The fifth and sixth wait in epoll_wait and sigwaitinfo, which every
        // stop ends: after each stop they report it, with vector registers, and wait again.
        let (isStill, staysInCall) = (index != 3, index != 4 && index != 5)
        let settle = { if isStill { #expect(thread.reaches(["S"])) } }
        // The first stop turns a call with a restart block into restart_syscall(2).
        _ = try Look(at: thread.pid)
        settle()
        let before = try Look(at: thread.pid)
        settle()
        let made = try cure(thread.pid, strategy)
        #expect(made.report.isCured, "thread \(index)")
        #expect(made.verdict == .landed)
        settle()
        let after = try Look(at: thread.pid)
        #expect(after.debugControl & 0xff == 0)
        #expect(after.mask == before.mask, "thread \(index)")
        guard isStill else { continue }
        #expect(after.differences(from: before) == [], "thread \(index)")
        if staysInCall { #expect(after.extendedState == before.extendedState) }
      }
    }
  }
}
