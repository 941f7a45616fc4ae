import FiniModel
import Testing

@Suite("The message of a line of a log")
struct LogMessageTests {
  @Test(
    "CRIU's message alone, in what other programs put around it",
    arguments: [
      "(00.016761) Error (criu/page-xfer.c:299): page-xfer: Missing 7f0000003000",
      "(00.016761)  Error (criu/page-xfer.c:299): page-xfer: Missing 7f0000003000",
      "Error (criu/page-xfer.c:299): page-xfer: Missing 7f0000003000",
      "time=\"2026-01-02T03:04:05Z\" level=warning msg=\"12:(00.016761) Error (criu/page-xfer.c:299): page-xfer: Missing 7f0000003000\"",
      "time=\"2026\" level=warning msg=\"Error (criu/page-xfer.c:299): page-xfer: Missing 7f0000003000\\n\" func=x",
      "{\"log\":\"(00.016761) Error (criu/page-xfer.c:299): page-xfer: Missing 7f0000003000\\n\",\"stream\":\"stderr\"}",
      "Nov 28 12:00:00 host criu[123]: (00.016761) Error (criu/page-xfer.c:299): page-xfer: Missing 7f0000003000",
      "2026-01-02T03:04:05.1Z stderr F (00.016761) Error (criu/page-xfer.c:299): page-xfer: Missing 7f0000003000",
      "> (00.016761) Error (criu/page-xfer.c:299): page-xfer: Missing 7f0000003000",
      "- **(00.016761) Error (criu/page-xfer.c:299): page-xfer: Missing 7f0000003000**",
      "`(00.016761) Error (criu/page-xfer.c:299): page-xfer: Missing 7f0000003000`",
      "b'(00.016761) Error (criu/page-xfer.c:299): page-xfer: Missing 7f0000003000'",
      "\u{1b}[31m(00.016761) Error (criu/page-xfer.c:299): page-xfer: Missing 7f0000003000\u{1b}[0m",
    ])
  func alone(line: String) {
    let message = LogMessage(line)
    #expect(message.text == "page-xfer: Missing 7f0000003000", "\(line)")
    #expect(message.speaker == .criu)
    #expect(message.severity == .error)
    #expect(message.file == "criu/page-xfer.c")
    #expect(message.line == 299)
    #expect(message.time == (line.contains("(00.") ? 16_761_000 : nil))
  }

  @Test(
    "Who speaks, and of which task",
    arguments: [
      (
        "(00.01)   7001: Error (criu/tty.c:1435): tty: No task found with sid 6900", .criu, 7001,
        "tty: No task found with sid 6900"
      ),
      (
        "(00.09)pie: 77: Error (a.c:1): Thread pid mismatch 77/74", .parasite, 77,
        "Thread pid mismatch 77/74"
      ),
      ("pie: 77: 77: new_sp=0x1 ip 0x2", .parasite, 77, "new_sp=0x1 ip 0x2"),
      ("\tLC4: Fetched ack: 2 2 0", .compel, nil, "Fetched ack: 2 2 0"),
      ("LC1: Error (compel/x.c:1): Can&#39;t run", .compel, nil, "Can't run"),
      (
        "Error: `/usr/bin/crun checkpoint demo1` failed: exit status 1", .wrapper(name: "podman"),
        nil,
        "`/usr/bin/crun checkpoint demo1` failed: exit status 1"
      ),
      (
        "time=\"2026\" level=error msg=\"criu failed: type NOTIFY errno 0\\nlog file: /x/dump.log\"",
        .wrapper(name: "runc"), nil, "criu failed: type NOTIFY errno 0 log file: /x/dump.log"
      ),
      (
        "ERRO[0002] container_linux.go: it did not start", .wrapper(name: "runc"), nil,
        "container_linux.go: it did not start"
      ),
      (
        "Error response from daemon: Cannot checkpoint", .wrapper(name: "docker"), nil,
        "Error response from daemon: Cannot checkpoint"
      ),
      (
        "[  410.1] demo[9210] bad frame in rt_sigreturn frame:00007f92", .kernel, nil,
        "demo[9210] bad frame in rt_sigreturn frame:00007f92"
      ),
      ("CRIU needs to have a capability", .criu, nil, "CRIU needs to have a capability"),
      (
        "Error response from daemon: log file: /x/a.log: unknown", .wrapper(name: "docker"), nil,
        "Error response from daemon: log file: /x/a.log"
      ),
      (" 70010: Debug:  Setting it", .criu, 70010, "Setting it"),
      // A number that is not in a column of six is of another program.
      ("70010: Debug: Setting it", .unknown, 70010, "Debug: Setting it"),
      (" 12: Debug: Setting it", .unknown, 12, "Debug: Setting it"),
      (
        "Checkpointing the whole house failed.", .unknown, nil,
        "Checkpointing the whole house failed."
      ),
      ("Checkpointing c1 failed.", .wrapper(name: "lxc"), nil, "Checkpointing c1 failed."),
      ("the moon is full", .unknown, nil, "the moon is full"),
    ] as [(String, LogMessage.Speaker, Int32?, String)])
  func speakers(line: String, speaker: LogMessage.Speaker, task: Int32?, text: String) {
    let message = LogMessage(line)
    #expect(message.speaker == speaker)
    #expect(message.task?.rawValue == task)
    #expect(message.text == text)
  }

  @Test(
    "The kernel's lines",
    arguments: [
      ("[  410.1] demo[9210] bad frame in rt_sigreturn frame:00007f9211", .badFrame, 9210, "demo"),
      (
        "Nov 28 12:00:00 host kernel: demo[123]: segfault at 38 ip 00007f", .fault(.segmentation),
        123, "demo"
      ),
      ("[ 1.5] traps: demo[124] trap int3 ip:401136 sp:7ffd error:0", .fault(.trap), 124, "demo"),
      (
        "[ 1.5] traps: my demo[125] general protection fault ip:4011 sp:7ffd",
        .fault(.segmentation), 125, "my demo"
      ),
      (
        "demo[126] trap invalid opcode ip:401136 sp:7ffd error:0", .fault(.illegalInstruction), 126,
        "demo"
      ),
      ("[ 9.1] Out of memory: Killed process 127 (demo) total-vm:1kB", .outOfMemory, 127, "demo"),
      (
        "audit: type=1400 apparmor=\"DENIED\" operation=\"ptrace\" pid=128 comm=\"criu\"", .denied,
        128, "criu"
      ),
    ] as [(String, KernelLine.Fact, Int32, String)])
  func kernel(line: String, fact: KernelLine.Fact, task: Int32, name: String) {
    let found = KernelLine(line)
    #expect(found?.fact == fact)
    #expect(found?.task?.rawValue == task)
    #expect(found?.name == name)
  }

  @Test(
    "Ordinary lines are none of the kernel's",
    arguments: ["traps: none", "(00.01) bounds", "x[7]: ok", ""])
  func notKernel(line: String) { #expect(KernelLine(line) == nil) }
}

@Suite("Numbers of other machines")
struct MachineTests {
  // From the kernel's tables: arch/*/kernel/syscalls, include/uapi/asm-generic/unistd.h.
  @Test("rt_sigreturn tells the machine")
  func sigreturn() {
    #expect(Machine.all(whoseSigreturnIs: 15) == [.x86_64])
    #expect(Machine.all(whoseSigreturnIs: 139) == [.arm64, .riscv64, .loongarch64])
    #expect(Machine.all(whoseSigreturnIs: 173) == [.i386, .arm, .s390x])
    #expect(Machine.all(whoseSigreturnIs: 119) == [.i386, .arm, .ppc64, .s390x])
    #expect(Machine.all(whoseSigreturnIs: 172) == [.ppc64])
    #expect(Machine.all(whoseSigreturnIs: 5211) == [.mips64])
    #expect(Machine.all(whoseSigreturnIs: 1) == [])
  }

  @Test("Names by the machine's own numbers")
  func names() {
    #expect(Machine.arm64.syscallName(178) == "gettid")
    #expect(Machine.x86_64.syscallName(178) == "query_module")
    #expect(Machine.arm64.syscallName(139) == "rt_sigreturn")
    #expect(Machine.i386.syscallName(91) == "munmap")
    #expect(Machine.riscv64.syscallName(215) == "munmap")
    #expect(Machine.mips.syscallName(4193) == "rt_sigreturn")
    #expect(Machine.mips.syscallName(11) == nil)
  }
}
