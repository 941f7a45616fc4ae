import FiniEngine
import FiniModel
import FiniPtrace
import FiniTestSupport
import Testing

@Suite("A cured victim is what it was before")
struct VictimUnchangedTests {
  /// The victims that are in place in one system call, so that their registers can be compared.
  static let still = [
    "blocked-in-read", "pending-blocked", "counts-usr1", "blocks-usr1", "ignores-trap",
    "handles-trap-blocked", "epoll", "on-altstack", "many-threads", "many-maps", "stopped", "audit",
  ]
  /// Those that sleep with a timeout that the kernel keeps in a restart block.
  static let timed = ["sleeping", "blocked-in-poll", "futex-timeout"]

  @Test(
    "Registers, extended state, mask, actions, maps, descriptors and code are the same",
    arguments: still + timed, FiniStrategy.allCases)
  @PtraceThread func nothingDiffers(name: String, strategy: FiniStrategy) throws {
    let arguments = name == "blocked-in-poll" ? ["60000"] : Self.timed.contains(name) ? ["60"] : []
    try withVictim(name, arguments) { victim in
      // The first stop turns a call with a restart block into restart_syscall(2), number 219; from
      // the second look on the registers stay the same.
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
}
