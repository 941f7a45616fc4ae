import FiniModel
import FiniProcfs
import FiniTestSupport
import Testing

@Suite("/proc/<pid>/status as a value")
struct TaskStatusTests {
  @Test("Every field is taken from its line")
  func everyField() {
    let text = """
      Name:\tworker
      Umask:\t0027
      State:\tS (sleeping)
      Tgid:\t4711
      Ngid:\t0
      Pid:\t4712
      PPid:\t1
      TracerPid:\t99
      Uid:\t1000\t1001\t1002\t1003
      NStgid:\t4711\t12\t7
      NSpid:\t4712\t13\t8
      VmSize:\t    2448 kB
      Threads:\t3
      SigQ:\t0/95390
      SigPnd:\t0000000000000200
      ShdPnd:\t8000000000000000
      SigBlk:\t0000000000010000
      SigIgn:\t0000000000001000
      SigCgt:\t0000000180004002
      CapEff:\t000001ffffffffff
      Seccomp:\t2

      """
    let status = TaskStatus(parsing: Array(text.utf8))
    #expect(status.name == "worker")
    #expect(status.umask == 0o27)
    #expect(status.state == UInt8(ascii: "S"))
    #expect(status.process == TaskID(4711))
    #expect(status.task == TaskID(4712))
    #expect(status.parent == TaskID(1))
    #expect(status.tracer == TaskID(99))
    #expect(status.effectiveUser == 1001)
    #expect(status.innermostTask == TaskID(8))
    #expect(status.threads == 3)
    #expect(status.hasMemory)
    #expect(status.sets.pending.signals == [.user1])
    #expect(status.sets.sharedPending.signals == [Signal(rawValue: 64)])
    #expect(status.sets.blocked.signals == [.child])
    #expect(status.ignored.signals == [Signal(rawValue: 13)])
    #expect(status.caught.rawValue == 0x1_8000_4002)
    #expect(status.effectiveCapabilities == 0x1ff_ffff_ffff)
    #expect(status.seccomp == 2)
  }

  @Test("A name may hold parentheses, blanks, colons and an escaped line feed")
  func name() {
    let text = "Name:\ta) S (b: \\nState:\tZ\nState:\tR (running)\n"
    let status = TaskStatus(parsing: Array(text.utf8))
    #expect(status.name == "a) S (b: \nState:\tZ")
    #expect(status.state == UInt8(ascii: "R"))
  }

  @Test("A kernel thread has no VmSize, an old kernel no Umask")
  func missing() {
    // The kernel escapes a line feed and a backslash, and nothing else.
    let name = TaskStatus(parsing: Array("Name:\ta\\nb\\\\nc\\t\n".utf8)).name
    #expect(name == "a\nb\\nc\\t")
    let status = TaskStatus(parsing: Array("Name:\tkthreadd\nState:\tS (sleeping)\n".utf8))
    #expect(!status.hasMemory)
    #expect(status.umask == nil)
    #expect(status.tracer == TaskID(0))
  }

  @Test("Text in another format gives the defaults and no trap")
  func rubbish() {
    for text in [
      "", "\n", ":", "State:", "Uid:\t1", "SigBlk:\tzz", "Pid:\t99999999999", "\u{0}\u{1}",
    ] {
      let status = TaskStatus(parsing: Array(text.utf8))
      #expect(status.sets.blocked.isEmpty)
    }
  }

  @Test("A live task is read as its own status shows it")
  func live() throws {
    try withVictim("audit") { victim in
      let status = try TaskStatus(of: victim.task)
      #expect(status.name == "audit")
      #expect(status.state == UInt8(ascii: "S"))
      #expect(String(status.sets.blocked.rawValue, radix: 16) == "800")
      #expect(status.ignored.contains(Signal(rawValue: 13)))
      #expect(status.caught.contains(.user1))
      let identity = try TaskIdentity(reading: victim.task)
      // awk, cutting after the last parenthesis, is the witness for field 22.
      let awk = House.run(
        "awk", ["{ sub(/.*\\) /, \"\"); print $20 }", "/proc/\(victim.pid)/stat"])
      #expect(identity.startTicks.map { "\($0)\n" } == awk.output)
    }
  }

  @Test("A task that has ended gives ENOENT")
  func gone() {
    #expect(throws: Errno(rawValue: 2)) { try TaskStatus(of: TaskID(Int32.max)) }
    #expect(throws: Errno(rawValue: 2)) { try TaskStat(of: TaskID(Int32.max)) }
  }

  @Test("Process 2 is recognized as a kernel thread, a victim is not")
  func kernelThread() throws {
    try #require(readWhole("/proc/2/comm") == "kthreadd\n")
    #expect(try TaskStat(of: TaskID(2)).isKernelThread)
    try withVictim("blocked-in-read") { victim in
      let stat = try TaskStat(of: victim.task)
      #expect(!stat.isKernelThread)
    }
  }
}
