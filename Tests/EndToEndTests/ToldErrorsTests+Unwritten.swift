import FiniTestSupport
import Foundation
import Testing

/// Logs of kinds for which there was no rule when somebody first came with one: see ``ToldErrorsTests``.
extension ToldErrorsTests {
  private static let parents = "(00.066968)      4: No parent images directory provided\n"
  private static let failed = "(00.067423) Error (criu/cr-restore.c:2536): Restoring FAILED.\n"

  /// A thread that a small tool took hold of.
  private static func taken(_ tid: Int, at second: String) -> String {
    """
    10:00:\(second).100000 ptrace(PTRACE_SEIZE, \(tid), NULL, 0) = 0
    10:00:\(second).100010 ptrace(PTRACE_INTERRUPT, \(tid)) = 0
    10:00:\(second).100020 wait4(\(tid), [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGTRAP}|PTRACE_EVENT_STOP<<16], __WALL, NULL) = \(tid)

    """
  }

  private static let armed =
    taken(812, at: "00") + """
      10:00:00.200000 ptrace(PTRACE_POKEUSER, 812, offsetof(struct user, u_debugreg), 0x401246) = 0
      10:00:00.200010 ptrace(PTRACE_POKEUSER, 812, offsetof(struct user, u_debugreg)+56, 0x1) = 0
      10:00:00.200020 ptrace(PTRACE_CONT, 812, NULL, 0) = 0

      """

  private static func registers(rax: Int, rip: String) -> String {
    "{r15=0, r14=0, r13=0, r12=0, rbp=0, rbx=0x9, r11=0x202, r10=0x22, r9=0, r8=0, rax=\(rax), rcx=0, rdx=0x7, rsi=0x2000, rdi=0, orig_rax=0xffffffffffffffff, rip=\(rip), cs=0x33, eflags=0x202, rsp=0x7ffe00001000, ss=0x2b, fs_base=0x7f0000001000, gs_base=0, ds=0, es=0, fs=0, gs=0}"
  }

  /// A dump that was slow in one call, and failed for another reason.
  private static let slow =
    taken(812, at: "00") + """
      10:00:00.200000 ptrace(PTRACE_POKEUSER, 812, offsetof(struct user, u_debugreg), 0x401246) = 0 <0.051600>
      10:00:00.260000 ptrace(PTRACE_POKEUSER, 812, offsetof(struct user, u_debugreg)+56, 0) = 0 <0.000008>
      10:00:00.270000 ptrace(PTRACE_DETACH, 812, NULL, 0) = 0 <0.000008>
      10:00:00.280000 write(3, "(00.1) Error (criu/sk-unix.c:877): sk unix: External socket is used. Consider using --ext-unix-sk option.\\n", 107) = 107
      10:00:00.290000 write(3, "(00.2) Error (criu/cr-dump.c:2053): Dumping FAILED.\\n", 53) = 53
      10:00:00.300000 +++ exited with 1 +++

      """

  static let unwritten: [Case] = [
    Case(
      name: "a slow call before an error that the tracer names", log: slow,
      words: "a unix socket of a process outside of the dump", status: 1),
    Case(
      name: "a line that each log has, before an error that nobody knows",
      log: parents
        + "(00.066969)      1: Error (criu/foo.c:317): foo: The weather is bad: Operation not permitted\n"
        + failed,
      words: "CRIU failed: foo: The weather is bad: Operation not permitted", status: 1),
    Case(
      name: "the same, and an image that is not there",
      log: parents + "(00.1)      4: No memfd.img image\n"
        + "(00.2)      1: Error (criu/foo.c:317): foo: The weather is bad\n" + failed,
      words: "CRIU failed: foo: The weather is bad", status: 1),
    Case(
      name: "an image that the error is about",
      log: "(00.1) No inventory.img image\n"
        + "(00.2) Error (criu/protobuf.c:72): Unexpected EOF on (empty-image)\n",
      words: "The image inventory.img is not in the directory", status: 1),
    Case(
      name: "an error that was cut, and a line of the same module",
      log: "(00.1)      1: uffd: Lazy pages are not available: Operation not permitted\n" + parents
        + "(00.2)      1: Error (criu/uffd.c:317): uffd: Unable to open a userfaultfd descriptor: Operation not\n",
      words: "may not use userfaultfd here: Operation not permitted", status: 1),
    Case(
      name: "/dev/tty without its terminal",
      log:
        "(00.2) Error (criu/tty.c:2314): tty: ctty inheritance detected sid/pgrp 5, no PTY peer with sid/pgrp needed\n"
        + "(00.3) Error (criu/cr-dump.c:2053): Dumping FAILED.\n",
      words: "a process of session 5 has /dev/tty open", status: 1),
    Case(
      name: "a reason without a mark, in the line before the last word",
      log: "(00.1) Connecting to server 192.0.2.7:9876\n"
        + "(00.2) Can't connect to server 192.0.2.7:9876\n"
        + "(00.3) Error (criu/cr-dump.c:2053): Dumping FAILED.\n",
      words: "no page server answers at 192.0.2.7, port 9876", status: 1),
    Case(
      name: "a complaint that nobody knows, in the line before the last word",
      log: "(00.1) foo: The weather can't be read, permission denied\n"
        + "(00.3) Error (criu/cr-dump.c:2053): Dumping FAILED.\n",
      words: "just after it told: \"foo: The weather can't be read", status: 1),
    Case(
      name: "a line that is a reason of other errors, before the last word",
      log: "(00.1) No memfd.img image\n" + failed, words: "does not say why", status: 1),
    Case(
      name: "options that the runtime does not take",
      log:
        #"Error response from daemon: Cannot checkpoint container c1: rpc error: code = 2 desc = exit status 1: "Incorrect Usage.\n\nNAME:\n   checkpoint - checkpoint a running container\n""#
        + "\n",
      words: "the runtime did not take the options of the command, so CRIU was not started",
      status: 1),
    Case(
      name: "a container that still runs after a pre-dump, below an arrow",
      log:
        "runc checkpoint --pre-dump --image-path cp c1\n=> ERRO[0000] container is not destroyed\n",
      words: "no failure is told here: runc wanted to remove the container, which still runs",
      status: 2),
    Case(
      name: "an error behind a prompt's mark",
      log: "> ERRO[0000] criu failed: type NOTIFY errno 0\n",
      words: "CRIU failed", status: 1),
    Case(
      name: "a post-dump script, and a dump that finished",
      log: "(00.1) Dumping processes (pid: 5140 comm: worker)\n"
        + "(00.3) Error (criu/action-scripts.c:129): Script /etc/x.sh exited with 256\n"
        + "(00.3) Error (criu/action-scripts.c:152): One of more action scripts failed\n"
        + "(00.3) Post dump script passed with 1\n(00.4) Dumping finished successfully\n",
      words: "the post-dump script (/etc/x.sh) failed with status 1", status: 1),
    Case(
      name: "a script whose failure CRIU goes on after",
      log: "(00.3) Error (criu/action-scripts.c:129): Script /etc/x.sh exited with 256\n"
        + "(00.3) Error (criu/action-scripts.c:152): One of more action scripts failed\n"
        + "(00.4) Dumping finished successfully\n",
      words: "Nothing wrong", status: 0),
    Case(
      name: "another task is trapped than the one that is waited for",
      log: "(00.01) Waiting for 397 to trap\n(00.02) Daemon 397 exited trapping\n"
        + "(00.03) Sent msg to daemon 6 0 0\n(00.04) 769 was trapped\n",
      words: "task 769 was trapped where the tracer waited for task 397", status: 2),
    Case(
      name: "a helper's words that come after the error",
      log: "Error (criu/netfilter.c:90): Iptables configuration failed\n"
        + "iptables: Bad rule (does a matching rule exist in that chain?).\n",
      words: "CRIU's helper iptables: Bad rule", status: 1),
    Case(
      name: "strace where not even a child may be traced",
      log: "strace: test_ptrace_get_syscall_info: PTRACE_TRACEME: Operation not permitted\n"
        + "strace: attach: ptrace(PTRACE_ATTACH, 1): Operation not permitted\n",
      words: "no process can be traced here at all", status: 1),
    Case(
      name: "gdbserver under a security module",
      log: "gdbserver: linux_ptrace_test_ret_to_nx: Cannot PTRACE_TRACEME: Permission denied\n",
      words: "no process can be traced here at all", status: 1),
    Case(
      name: "gdb under an emulation",
      log:
        "warning: Could not trace the inferior process.\nwarning: ptrace: Function not implemented\n",
      words: "there is no ptrace here (ENOSYS)", status: 1),
    Case(
      name: "rr that records a tracer",
      log:
        "Expected EIO for 'ptrace' but got result -1; unsupported ptrace(0x4206 [PTRACE_SEIZE])\n",
      words: "called ptrace(PTRACE_SEIZE), which this rr can't record", status: 1),
    Case(
      name: "phpspy",
      log:
        "copy_proc_mem: Failed to copy x; err=Operation not permitted raddr=0x7f30b3b0e240 size=496\n",
      words: "can't be read by phpspy (Operation not permitted)", status: 1),
    Case(
      name: "an answer of Docker's API",
      log:
        #"{"message":"failed to upload checkpoint to containerd: commit failed: content sha256:ab: already exists"}"#
        + "\n",
      words: "Docker could not hand the checkpoint to containerd", status: 1),
    Case(
      name: "a container that runs already, of an old ctr",
      log:
        #"> [ctr] rpc error: code = 2 desc = exit status 1: "cannot start an already running container\n""#
        + "\n",
      words: "asked to start a container that runs already", status: 1),
    Case(
      name: "a breakpoint of a debugger is no fini",
      log: armed + """
        10:00:00.200030 wait4(812, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGTRAP}], __WALL, NULL) = 812
        10:00:00.200040 ptrace(PTRACE_GETREGS, 812, \(registers(rax: 0, rip: "0x401246"))) = 0
        10:00:00.300000 ptrace(PTRACE_POKEUSER, 812, offsetof(struct user, u_debugreg)+56, NULL) = 0
        10:00:00.300010 ptrace(PTRACE_DETACH, 812, NULL, 0) = 0
        10:00:00.300020 +++ exited with 0 +++

        """,
      words: "task 812 stopped at a breakpoint at 0x401246 and was let go; there was no fini in it",
      status: 0),
    Case(
      name: "a debugger that is killed as its breakpoint waits",
      log: armed + """
        10:00:00.200030 wait4(812,  <unfinished ...>) = ?
        10:00:02.000000 +++ killed by SIGKILL +++

        """,
      words: "killed by SIGKILL while it held task 812, with a breakpoint at 0x401246 armed",
      status: 1),
    Case(
      name: "an injected call that a filter forbids",
      log: taken(812, at: "00") + """
        10:00:00.2 ptrace(PTRACE_GETREGS, 812, \(registers(rax: 0, rip: "0x7f28b398c503"))) = 0
        10:00:00.2 ptrace(PTRACE_PEEKTEXT, 812, 0x7f28b398c503, [0x841f0f2e66c3d8f7]) = 0
        10:00:00.2 ptrace(PTRACE_POKETEXT, 812, 0x7f28b398c503, 0x841f0f2e66cc050f) = 0
        10:00:00.2 ptrace(PTRACE_SETREGS, 812, \(registers(rax: 9, rip: "0x7f28b398c503"))) = 0
        10:00:00.2 ptrace(PTRACE_CONT, 812, NULL, 0) = 0
        10:00:00.2 wait4(812, [{WIFSIGNALED(s) && WTERMSIG(s) == SIGSYS}], __WALL, NULL) = 812
        10:00:00.3 +++ exited with 0 +++

        """,
      words: "killed by SIGSYS at the injected system call mmap: most likely its seccomp filter",
      status: 1),
    Case(
      name: "registers of a program that is not there any more",
      log: taken(812, at: "00") + """
        10:00:00.2 ptrace(PTRACE_GETREGS, 812, \(registers(rax: 0, rip: "0x7f28b398c503"))) = 0
        10:00:00.2 ptrace(PTRACE_CONT, 812, NULL, 0) = 0
        10:00:00.2 wait4(812, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGTRAP}|PTRACE_EVENT_EXEC<<16], __WALL, NULL) = 812
        10:00:00.9 ptrace(PTRACE_SETREGS, 812, \(registers(rax: 0, rip: "0x7f28b398c503"))) = 0
        10:00:00.9 ptrace(PTRACE_CONT, 812, NULL, 0) = 0
        10:00:00.9 wait4(812, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGSEGV}], __WALL, NULL) = 812
        10:00:00.9 ptrace(PTRACE_CONT, 812, NULL, SIGSEGV) = 0
        10:00:00.9 wait4(812, [{WIFSIGNALED(s) && WTERMSIG(s) == SIGSEGV}], __WALL, NULL) = 812
        10:00:00.9 +++ exited with 0 +++

        """,
      words: "wrote registers into it that it had read before the task's execve", status: 1),
    Case(
      name: "a thread that was forgotten",
      log: taken(812, at: "00") + taken(813, at: "00") + """
        10:00:00.300000 ptrace(PTRACE_DETACH, 812, NULL, 0) = 0
        10:00:00.300010 clock_nanosleep(CLOCK_REALTIME, 0, {tv_sec=3, tv_nsec=0}, NULL) = 0
        10:00:03.300200 +++ exited with 0 +++

        """,
      words: "task 813 was stopped and never let go, as others were: it stood still 3.2 s",
      status: 1),
    Case(
      name: "a thread that goes as its tracer ends at once",
      log: taken(812, at: "00") + taken(813, at: "00") + """
        10:00:00.300000 ptrace(PTRACE_DETACH, 812, NULL, 0) = 0
        10:00:00.300200 +++ exited with 0 +++

        """,
      words: "Nothing wrong", status: 0),
  ]

  @Test(
    "A breakpoint of a debugger does not answer for fini, and two traces without numbers are of two tracers"
  )
  func debuggers() throws {
    let tool = try Tool()
    let found = try #require(Self.unwritten.first { $0.name.hasPrefix("a breakpoint of") })
    try found.log.write(toFile: tool.folder + "/log", atomically: true, encoding: .utf8)
    #expect(tool.run("import", tool.folder + "/log").status == 0)
    let check = tool.run("check")
    #expect(check.status == 2, "\(check.out)")

    let both = try Tool()
    let first =
      Self.taken(812, at: "00") + """
        10:00:02.000000 ptrace(PTRACE_DETACH, 812, NULL, 0) = 0
        10:00:02.000100 +++ exited with 0 +++

        """
    let second = """
      10:00:01.000000 ptrace(PTRACE_SEIZE, 812, NULL, 0) = -1 EPERM (Operation not permitted)
      10:00:01.000100 +++ exited with 1 +++

      """
    try first.write(toFile: both.folder + "/one.strace", atomically: true, encoding: .utf8)
    try second.write(toFile: both.folder + "/two.strace", atomically: true, encoding: .utf8)
    let imported = both.run("import", both.folder + "/one.strace", both.folder + "/two.strace")
    #expect(imported.status == 0, "\(imported.err)")
    let told = both.run("explain")
    #expect(told.status == 1, "\(told.out)")
    #expect(
      told.out.replacingOccurrences(of: "\n", with: " ").hasPrefix(
        "PTRACE_SEIZE of task 812 was refused (EPERM): another tracer held it"), "\(told.out)")
  }
}
