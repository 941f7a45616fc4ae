import FiniTestSupport
import Foundation
import Testing

/// What a killed recorder leaves is taken away by the next command.
@Suite(.serialized)
struct RepairTests {
  private func bridgeBytes(_ victim: LiveProcess) throws -> Int {
    let line = try #require(victim.maps.first { $0.contains("[vdso]") })
    let bounds = line.split(separator: " ")[0].split(separator: "-")
    let end = try #require(UInt64(bounds[1], radix: 16))
    // dd and od are the witnesses for bytes at the end of the vdso that are not zero.
    let dump = House.run(
      "sh",
      [
        "-c",
        "dd if=/proc/\(victim.pid)/mem bs=512 skip=\(end / 512 - 4) count=4 2>/dev/null"
          + " | od -An -v -tx1 | tr -s ' ' '\\n' | grep -vc -e '^00$' -e '^$'",
      ])
    return Int(dump.output.trimmingCharacters(in: .whitespacesAndNewlines)) ?? -1
  }

  /// The index of the first call of a kind, counted in a complete run.
  private func index(_ name: String, _ strategy: String, _ condition: String) throws -> Int {
    try withVictim(name) { victim in
      let tool = try Tool()
      #expect(tool.run("record", "\(victim.pid)", "--strategy", strategy).status == 0)
      let rows = tool.sqlite(
        "SELECT count(*) FROM event WHERE kind <= 30 AND sequence < "
          + "(SELECT min(sequence) FROM event WHERE \(condition))")
      return try #require(Int(rows[0][0]))
    }
  }

  private func leaveAndRepair(
    _ name: String, _ strategy: String, before call: Int, _ expected: [String],
    hadLeftovers: (LiveProcess) throws -> Bool
  ) throws {
    try withVictim(name) { victim in
      let tool = try Tool()
      let maps = victim.maps.count
      let mask = victim.status("SigBlk")
      let bytes = try bridgeBytes(victim)
      let run = tool.run(
        "record", "\(victim.pid)", "--strategy", strategy, "--unguarded", "--die-before-call",
        "\(call)")
      #expect(run.status == 137)
      #expect(victim.reaches(["S"]))
      #expect(try hadLeftovers(victim))
      // In either case, the bridge brought the task back or was there for that.
      #expect(try bridgeBytes(victim) > bytes + 100)
      let repaired = tool.run("repair", "\(victim.pid)")
      #expect(repaired.status == 0, "\(repaired.err)")
      for words in expected { #expect(repaired.out.contains(words), "\(repaired.out)") }
      #expect(victim.maps.count == maps)
      #expect(victim.status("SigBlk") == mask)
      #expect(victim.status("TracerPid") == "0")
      #expect(try Look(at: victim.pid).debugControl & 0xff == 0)
      #expect(try bridgeBytes(victim) == bytes)
      #expect(victim.ask("count") == "count 0")
      #expect(tool.run("repair", "\(victim.pid)").out == "\(victim.pid): nothing to repair\n")
      #expect(tool.run("record", "\(victim.pid)").status == 0)
    }
  }

  private static let victims =
    ["blocks-usr1"] + (House.builds32Bit ? ["blocks-usr1-32"] : [])

  @Test("A breakpoint that was left armed is disarmed", arguments: victims)
  func armed(name: String) throws {
    // Before the CONT after DR7 = 1: POKEUSER is request 6, DR7 lies at 848 + 56.
    let arming = try index(name, "breakpoint", "request = 6 AND address = 904 AND data = 1")
    try leaveAndRepair(name, "breakpoint", before: arming + 1, ["disarmed", "bridge taken away"]) {
      try Look(at: $0.pid).debugControl & 0xff != 0
    }
  }

  @Test("The parasite's memory is unmapped", arguments: victims)
  func mapped(name: String) throws {
    // Before the wait for the exit of rt_sigreturn: two calls after the stop at its entry.
    let entry = try index(name, "syscall", "kind = 31 AND data = 15")
    try leaveAndRepair(name, "syscall", before: entry + 2, ["unmapped", "bridge taken away"]) {
      $0.maps.contains { $0.contains("rwxs") }
    }
  }

  @Test("A bridge that brought the task back is taken away", arguments: victims)
  func bridge(name: String) throws {
    let written = try index(name, "direct", "kind = 8")
    try leaveAndRepair(name, "direct", before: written + 1, ["1 bridge taken away"]) { _ in true }
  }

  @Test("A task that does not exist, or is another user's, is reported and not touched")
  func refusals() throws {
    let tool = try Tool()
    #expect(tool.run("repair", "0").status == 64)
    #expect(tool.run("repair", "999999999").status == 69)
  }
}
