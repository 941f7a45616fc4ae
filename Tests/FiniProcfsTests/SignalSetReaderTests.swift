import FiniModel
import FiniProcfs
import FiniTestSupport
import Testing

@Suite("The reader of signal sets")
struct SignalSetReaderTests {
  private func awk(_ key: String, _ pid: Int32) -> String {
    House.run("awk", ["$1 == \"\(key):\" { print $2 }", "/proc/\(pid)/status"]).output
  }

  private func text(_ set: SignalSet?) -> String {
    guard let set else { return "" }
    let digits = String(set.rawValue, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits + "\n"
  }

  @Test(
    "It finds what awk finds in the same file",
    arguments: [
      "pending-blocked", "audit", "ignores-trap", "busy", "many-threads", "seccomp-filter",
    ])
  func equalsAwk(name: String) throws {
    try withVictim(name) { victim in
      let look = try SignalSetReader(victim.task).read()
      #expect(text(look?.sets.pending) == awk("SigPnd", victim.pid))
      #expect(text(look?.sets.sharedPending) == awk("ShdPnd", victim.pid))
      #expect(text(look?.sets.blocked) == awk("SigBlk", victim.pid))
      #expect(text(look?.ignored) == awk("SigIgn", victim.pid))
      #expect((look?.state).map { "\(Character(UnicodeScalar($0)))\n" } == awk("State", victim.pid))
      #expect(
        (look?.umask).map { "0" + String($0 | 0o1000, radix: 8).suffix(3) + "\n" }
          == awk("Umask", victim.pid))
      #expect((look?.isUnderSeccomp).map { $0 ? "2\n" : "0\n" } == awk("Seccomp", victim.pid))
    }
  }

  @Test("It sees what has changed since it was opened")
  func changes() throws {
    try withVictim("blocks-usr1") { victim in
      let reader = try SignalSetReader(victim.task)
      #expect(reader.read()?.sets.allPending.isEmpty == true)
      victim.signal(10)
      #expect(reader.read()?.sets.sharedPending.signals == [.user1])
      Doors.tgkill(victim.pid, victim.pid, 10)
      #expect(reader.read()?.sets.pending.signals == [.user1])
    }
  }

  @Test("A task that has ended gives nothing")
  func gone() throws {
    let victim = try startVictim("blocked-in-read")
    let reader = try SignalSetReader(victim.task)
    victim.end()
    #expect(reader.read() == nil)
  }

  @Test("It allocates nothing", .enabled(if: Doors.allocations != nil, "a sanitizer has the heap"))
  func allocatesNothing() throws {
    try withVictim("pending-blocked") { victim in
      let reader = try SignalSetReader(victim.task)
      _ = reader.read()
      // Not by #require, which allocates after it has read the number.
      let before = Doors.allocations ?? 0
      var found: UInt64 = 0
      for _ in 0..<100 { found |= reader.read()?.sets.blocked.rawValue ?? 0 }
      let after = Doors.allocations ?? 0
      #expect(after - before == 0)
      #expect(found == 0x200)
      // The counter counts: otherwise the zero above would mean nothing.
      let array = [UInt8](repeating: 1, count: 5000)
      #expect((Doors.allocations ?? 0) > after)
      #expect(array.count == 5000)
    }
  }
}
