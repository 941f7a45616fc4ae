import FiniTestSupport
import Foundation
import Testing

/// Logs that tell by a line what went wrong, written for this test: the first sentence and the exit status.
@Suite(.serialized)
struct ToldErrorsTests {
  struct Case: CustomTestStringConvertible, Sendable {
    var name: String
    var log: String
    var words: String
    var status: Int32
    var testDescription: String { name }
  }

  static let cases: [Case] = [
    Case(
      name: "the kernel ended the tracer for want of memory",
      log: "[77.1] Memory cgroup out of memory: Killed process 612 (criu) total-vm:9kB\n",
      words: "out-of-memory killer ended criu (612)", status: 1),
    Case(
      name: "criu check, with errors that it survived",
      log: "Error (criu/util.c:645): exited, status=1\nLooks good.\n", words: "Nothing wrong",
      status: 0),
    Case(
      name: "a helper program, and no task",
      log: "(00.100000)      1: Error (criu/util.c:643): exited, status=4\n"
        + "(00.100100) Error (criu/cr-restore.c:2320): Restoring FAILED.\n",
      words: "helper program", status: 1),
    Case(
      name: "the freezer",
      log: "(00.000100) freezer.state=FREEZING\n(09.900000) freezer.state=FREEZING\n"
        + "(10.000100) Error (criu/cr-dump.c:1467): Timeout reached. Try to interrupt: 0\n",
      words: "did not come to FROZEN", status: 1),
    Case(
      name: "the wrapper's word alone",
      log: "Error: `/usr/bin/runc checkpoint c1` failed: exit status 1\n",
      words: "could not be checkpointed", status: 1),
    Case(
      name: "what was restored is killed after the error",
      log:
        "(00.1)     55: Error (criu/files-reg.c:2143): Can't open file x/y on restore: No such file or directory\n"
        + "(00.2) Error (criu/cr-restore.c:1498): 55 killed by signal 9: Killed\n"
        + "(00.3) Error (criu/cr-restore.c:2536): Restoring FAILED.\n",
      words: "x/y", status: 1),
    Case(
      name: "a helper's own words, in the line before its status",
      log: "(00.1)      1: \tRunning iptables-restore -w\n"
        + "Fatal: can't open lock file /run/x.lock: Permission denied\n"
        + "(00.2)      1: Error (criu/util.c:841): exited, status=4\n"
        + "(00.3)      1: Error (criu/net.c:1738): iptables-restore -w failed\n"
        + "(00.4) Error (criu/cr-restore.c:2502): Restoring FAILED.\n",
      words: "iptables-restore ended with status 4: Fatal: can't open lock file /run/x.lock",
      status: 1),
    Case(
      name: "another program's words are not CRIU's",
      log: "putdata addr pid 84 data 0\nstopped by signal 5\ncont sent with sig 0\n",
      words: "can't tell", status: 2),
    Case(
      name: "criu check, and a right that it lacks",
      log: "Error (criu/tun.c:85): tun: Unable to create tun: Operation not permitted\n"
        + "Error (criu/cr-check.c:146): sysctl is inaccessible: Read-only file system\n"
        + "Does not look good.\n",
      words: "`criu check` failed", status: 1),
    Case(
      name: "a task that was gone when it had been seized",
      log: "(00.004053) Error (ptrace.c:137): SEIZE 83: task not stopped after seize\n"
        + "(00.004084) Error (ptrace.c:284): Unable to detach from 83: No such process\n",
      words: "task 83 was not stopped after it was seized: it ended at that moment.", status: 1),
    Case(
      name: "a file that NFS keeps for a program that has it open",
      log:
        "(00.1) Error (criu/files-reg.c:1010): Can't create link remap for /m/.nfs0001. Use link-remap option.\n"
        + "(00.2) Error (criu/cr-dump.c:1795): Dumping FAILED.\n",
      words: "on NFS that was removed while it was open: /m/.nfs0001", status: 1),
    Case(
      name: "a debugger's program with a fault of its own",
      log: """
        90 ptrace(PTRACE_ATTACH, 91) = 0
        90 wait4(91, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGSTOP}], __WALL, NULL) = 91
        90 ptrace(PTRACE_CONT, 91, NULL, 0) = 0
        90 wait4(91, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGSEGV}], __WALL, NULL) = 91
        90 ptrace(PTRACE_GETSIGINFO, 91, NULL, {si_signo=SIGSEGV, si_code=SEGV_MAPERR, si_addr=0x38}) = 0
        90 ptrace(PTRACE_CONT, 91, NULL, SIGSEGV) = 0
        90 wait4(91, [{WIFSIGNALED(s) && WTERMSIG(s) == SIGSEGV}], __WALL, NULL) = 91
        90 +++ exited with 1 +++

        """,
      words: "task 91 died of a fault of its own: SIGSEGV (SEGV_MAPERR) at 0x38", status: 1),
    Case(
      name: "a seccomp filter, and a CRIU that can't dump one",
      log: "(00.001) Error (proc_parse.c:827): SECCOMP_MODE_FILTER not currently supported\n"
        + "(00.001) Error (proc_parse.c:840): Error parsing proc status file\n"
        + "(00.002) Error (ptrace.c:43): Unable to detach from 19: No such process\n",
      words: "has a seccomp filter, which this old CRIU can't dump", status: 1),
    Case(
      name: "a fault that CRIU was told to make",
      log: "(00.1) Error (compel/arch/x86/src/lib/infect.c:299): Corrupting xsave for 5, seed 7\n"
        + "(00.1) Error (criu/cr-dump.c:1303): Can't fetch the thing of 5\n"
        + "(00.2) Error (criu/cr-dump.c:1788): Dumping FAILED.\n",
      words: "CRIU failed: Can't fetch the thing of 5", status: 1),
    Case(
      name: "strace that may not attach",
      log: "$ strace -p 812\nstrace: attach: ptrace(PTRACE_SEIZE, 812): Operation not permitted\n",
      words: "strace may not attach to process 812 (EPERM)", status: 1),
    Case(
      name: "gdb, and another tracer",
      log: "Could not attach to process.  If your uid matches the uid of the target\n"
        + "process, check the setting of /proc/sys/kernel/yama/ptrace_scope, or try\n"
        + "again as the root user.  For more details, see /etc/sysctl.d/10-ptrace.conf\n"
        + "warning: process 90 is already traced by process 91\n"
        + "ptrace: Operation not permitted.\n",
      words: "process 90 is traced by process 91 already", status: 1),
    Case(
      name: "gdb that may not attach",
      log: "Attaching to process 90\nptrace: Operation not permitted.\n",
      words: "the debugger may not attach (EPERM)", status: 1),
    Case(
      name: "gdb on a core of criu",
      log: "[New LWP 44]\nCore was generated by `criu restore -D /x'.\n"
        + "Program terminated with signal SIGSEGV, Segmentation fault.\n#0  0x5 in main ()\n",
      words: "CRIU itself crashed: this is its core, of `criu restore -D /x`", status: 1),
    Case(
      name: "LXC without CRIU's log",
      log: "  c1 20200101000000.100 ERROR    lxc_criu - criu.c:do_dump:1134 - dump failed with 1\n"
        + "  c1 20200101000000.101 ERROR    lxc_criu - criu.c:do_dump:1148 - criu output: Will skip\n",
      words: "CRIU could not dump the container (exit status 1)", status: 1),
    Case(
      name: "a runtime without checkpoints",
      log:
        "then it said: checkpointing of a/b/c failed (rpc error: code = Unknown desc = checkpoint/restore support not available)\n",
      words: "checkpoints are switched off in CRI-O", status: 1),
    Case(
      name: "a container of another user",
      log: "Error: no container with name or ID \"web\" found: no such container\n",
      words: "podman knows no container \"web\" for this user", status: 1),
    Case(
      name: "an option that runc does not know",
      log: "exit status 1: Incorrect Usage.\n\nflag provided but not defined: -wrong\n",
      words: "was called with the option -wrong, which it does not know", status: 1),
    Case(
      name: "runc's connection to CRIU",
      log: "ERRO[0000] container is not destroyed\nERRO[0000] read unixpacket @->@: EOF\n",
      words: "the connection of runc to CRIU ended", status: 1),
    Case(
      name: "an error of a program that nobody knows",
      log: "error: the door of the shed is locked\n",
      words: "a program that the text does not name failed: \"the door of the shed is locked\"",
      status: 1),
    Case(
      name: "an unknown error of a program that starts CRIU",
      log: "docker: the door of the shed is locked\n",
      words: "docker failed: \"docker: the door of the shed is locked\"", status: 1),
    Case(
      name: "an unknown error of Java, which may not have started CRIU",
      log: "\tSuppressed: a.b.OddException: because\n",
      words: "java failed: \"Suppressed: a.b.OddException: because\"", status: 1),
    Case(
      name: "criu check that goes on without a diag module",
      log: "Error (criu/sockets.c:136): Diag module missing (-2)\n"
        + "Error (criu/kerndat.c:645): NSID is not supported\n",
      words: "can't name network namespaces (NSID)", status: 1),
    Case(
      name: "a selector of Java",
      log: "jdk.internal.crac.mirror.CheckpointException\n"
        + "\tSuppressed: java.nio.channels.IllegalSelectorException\n"
        + "\t\tat java.base/sun.nio.ch.EPollSelectorImpl.beforeCheckpoint(E.java:1)\n",
      words: "a selector of the Java program", status: 1),
    Case(
      name: "an exception of Java that the catalogue does not have",
      log: "jdk.crac.CheckpointException\n\tSuppressed: a.b.OddException: because\n",
      words: "the JVM refused the checkpoint", status: 1),
    Case(
      name: "criu check with features that are missing",
      log: "Warn  (criu/kerndat.c:12): CRIU was built without something\n"
        + "Warn  (criu/cr-check.c:1244): clone3() with set_tid not supported\n"
        + "Error (criu/cr-check.c:1296): IFLA_NEW_IFINDEX isn't supported\n"
        + "Looks good but some kernel features are missing\n"
        + "which, depending on your process tree, may cause\ndump or restore failure.\n",
      words: "Nothing wrong: criu check works here, but 2 kernel features are missing", status: 0),
    Case(
      name: "criu check of an old version, without levels",
      log: "Error (libnetlink.c:37): ERROR -2 reported by netlink (No such file or directory)\n"
        + "sys/kernel/ns_last_pid sysctl is missing.\n",
      words: "the kernel has no sys/kernel/ns_last_pid", status: 1),
    Case(
      name: "a test of CRIU that passed",
      log: "=== Run 1/1 ================\nStart test\nRun criu dump\n"
        + "================ Test zdtm/static/env00 PASS ================\n",
      words: "Nothing wrong", status: 0),
    Case(
      name: "a test of CRIU that failed",
      log: "Start test\nRun criu dump\n"
        + "######## Test zdtm/static/env00 FAIL at CRIU dump ########\n",
      words: "the tracer says that it failed", status: 1),
    Case(
      name: "a wait at which the trace breaks off",
      log: """
        ptrace(PTRACE_INTERRUPT, 91) = 0
        wait4(91, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGTRAP}|PTRACE_EVENT_STOP<<16], __WALL, NULL) = 91
        ptrace(PTRACE_POKEUSER, 91, offsetof(struct user, u_debugreg), 0x7f2db6ef9d90) = 0
        ptrace(PTRACE_POKEUSER, 91, offsetof(struct user, u_debugreg)+56, 0x1) = 0
        ptrace(PTRACE_CONT, 91, NULL, 0) = 0
        wait4(-1, strace: Process 90 detached
         <detached ...>

        """,
      words: "it never fired, or the trace breaks off there", status: 2),
    Case(
      name: "rt_sigreturn was left, and the rest is not there",
      log: "(00.010000) 61 is going to execute the syscall 15\n(00.010100) 61 was stopped\n",
      words: "can't tell how it ended", status: 2),
  ]

  /// A tracer that takes hold of task 91, does something, and ends with 0.
  private static func traced(_ steps: String, by request: String = "ATTACH") -> String {
    let stop =
      request == "ATTACH"
      ? "90 wait4(91, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGSTOP}], __WALL, NULL) = 91\n" : ""
    return
      "90 ptrace(PTRACE_\(request), 91, NULL, 0) = 0\n\(stop)\(steps)\n90 +++ exited with 0 +++\n"
  }

  static let tracers: [Case] = [
    Case(
      name: "let go with SIGKILL", log: traced("90 ptrace(PTRACE_DETACH, 91, NULL, SIGKILL) = 0"),
      words: "task 91 was let go with SIGKILL", status: 1),
    Case(
      name: "never stopped",
      log: traced(
        "90 ptrace(PTRACE_GETREGSET, 91, NT_PRSTATUS, {iov_base=0x55, iov_len=216}) = -1 ESRCH (No such process)",
        by: "SEIZE"),
      words: "PTRACE_GETREGSET found task 91 not stopped (ESRCH)", status: 1),
    Case(
      name: "another thread than the one that was taken",
      log: traced(
        "90 ptrace(PTRACE_GETREGS, 92, NULL, 0x55) = -1 ESRCH (No such process)\n"
          + "90 ptrace(PTRACE_DETACH, 91, NULL, 0) = 0"),
      words: "its tracer had not taken hold of that task", status: 1),
    Case(
      name: "nothing could be taken",
      log: "90 ptrace(PTRACE_ATTACH, 91) = -1 EPERM (Operation not permitted)\n"
        + "90 +++ exited with 0 +++\n",
      words: "task 91 could not be seized (EPERM)", status: 1),
    Case(
      name: "its own SIGSTOP is passed on",
      log: traced(
        """
        90 ptrace(PTRACE_CONT, 91, NULL, SIGSTOP) = 0
        90 wait4(91, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGSTOP}], __WALL, NULL) = 91
        90 ptrace(PTRACE_DETACH, 91, NULL, 0) = 0
        """),
      words: "it stays stopped", status: 1),
    Case(
      name: "killed by its tracer",
      log: traced(
        """
        90 kill(91, SIGKILL) = 0
        90 wait4(91, [{WIFSIGNALED(s) && WTERMSIG(s) == SIGKILL}], __WALL, NULL) = 91
        """),
      words: "task 91 was killed by SIGKILL, which its tracer sent", status: 1),
    Case(
      name: "a child in which a tracer tries PTRACE_SEIZE",
      log: "90 ptrace(PTRACE_SEIZE, 80, NULL, 0) = 0\n90 kill(80, SIGKILL) = 0\n"
        + "90 wait4(80, [{WIFSIGNALED(s) && WTERMSIG(s) == SIGKILL}], 0, NULL) = 80\n"
        + traced("90 ptrace(PTRACE_DETACH, 91, NULL, 0) = 0"),
      words: "nothing wrong: task 91", status: 0),
    Case(
      name: "a request that is refused on the way",
      log: traced(
        "90 ptrace(PTRACE_PEEKDATA, 91, 0x10, 0x7f) = -1 EIO (Input/output error)\n"
          + "90 ptrace(PTRACE_DETACH, 91, NULL, 0) = 0"),
      words: "nothing wrong", status: 0),
    Case(
      name: "the task ends by itself while its calls are traced",
      log: """
        90 ptrace(PTRACE_SEIZE, 91, NULL, 0) = 0
        90 ptrace(PTRACE_INTERRUPT, 91) = 0
        90 wait4(91, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGTRAP}|PTRACE_EVENT_STOP<<16], __WALL, NULL) = 91
        90 ptrace(PTRACE_SYSCALL, 91, NULL, 0) = 0
        90 wait4(91, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGTRAP}], __WALL, NULL) = 91
        90 ptrace(PTRACE_SYSCALL, 91, NULL, 0) = 0
        90 wait4(91, [{WIFEXITED(s) && WEXITSTATUS(s) == 7}], __WALL, NULL) = 91
        90 +++ exited with 0 +++

        """,
      words: "nothing wrong: task 91 exited with 7 by itself", status: 0),
    Case(
      name: "the beginning is missing",
      log:
        "90 ptrace(PTRACE_GETSIGINFO, 91, NULL, {si_signo=SIGUSR1, si_code=SI_USER, si_pid=5, si_uid=0}) = 0\n"
        + "90 ptrace(PTRACE_CONT, 91, NULL, 0) = 0\n90 ptrace(PTRACE_DETACH, 91, NULL, 0) = 0\n"
        + "90 +++ exited with 0 +++\n",
      words: "the trace begins after its tracer took hold of task 91", status: 2),
    Case(
      name: "criu check looks good, and the dump beside it failed",
      log: "Looks good.\n(00.1) Error (criu/lsm.c:37): err scanfing: Invalid argument\n"
        + "(00.2) Error (criu/cr-dump.c:2053): Dumping FAILED.\n",
      words: "AppArmor label", status: 1),
    Case(
      name: "a long path keeps its end, and the sentence its words",
      log: "(00.1)  28: Error (criu/files-reg.c:1524): Can't open file "
        + String(repeating: "var/lib/suite/", count: 12)
        + "rsrc.o on restore: No such file or directory\n"
        + "(00.2) Error (criu/cr-restore.c:2536): Restoring FAILED.\n",
      words: "rsrc.o, which the program used, is not here", status: 1),
    Case(
      name: "a program that made no ptrace call, and crashed",
      log: "[pid 62] mremap(0x7f, 4096, 4096, 0) = 0x7f\n"
        + "[pid 62] --- SIGSEGV {si_signo=SIGSEGV, si_code=SEGV_MAPERR, si_addr=0x5c90} ---\n"
        + "[pid 62] +++ killed by SIGSEGV +++\n",
      words: "task 62 died of a fault of its own: SIGSEGV (SEGV_MAPERR) at 0x5c90", status: 1),
    Case(
      name: "an error before the task's own that made it end",
      log: "(00.000167) Error (sysctl.c:142): Can't open sysctl net/x: No such file or directory\n"
        + "(00.005886)     48: Error (fsnotify.c:486): fsnotify: Can't add watch for 0x3 with 0x1: Invalid argument\n"
        + "(00.006307) Error (cr-restore.c:1234): 48 exited, status=1\n"
        + "(00.006335) Error (cr-restore.c:1933): Restoring FAILED.\n",
      words: "watch", status: 1),
  ]

  @Test("What would tell more, what came after it, and what was not understood have their places")
  func places() throws {
    let tool = try Tool()
    let log =
      "(00.1) Error (criu/x.c:1): the moon is full tonight\nhow nice\n"
      + "(00.2) Error (criu/y.c:2): the sun is out as well\n"
      + "(00.3) Error (criu/cr-dump.c:2053): Dumping FAILED.\n"
    try log.write(toFile: tool.folder + "/log", atomically: true, encoding: .utf8)
    #expect(tool.run("import", tool.folder + "/log").status == 0)
    let lines = tool.run("explain").outLines
    for line in ["  errors after it", "  what to do", "  what would tell more"] {
      #expect(lines.contains(line), "\(lines)")
    }
    #expect(lines.contains("1 line was not understood"), "\(lines)")
    let json = tool.run("explain", "--json").out
    for key in ["\"collect\":[\"", "\"later\":[{", "\"not_understood\":1"] {
      #expect(json.contains(key), "\(json)")
    }
  }

  @Test("The first sentence", arguments: cases + tracers + fates + reports + unwritten)
  func first(_ found: Case) throws {
    let tool = try Tool()
    try found.log.write(toFile: tool.folder + "/log", atomically: true, encoding: .utf8)
    #expect(tool.run("import", tool.folder + "/log").status == 0)
    let run = tool.run("explain")
    let first = run.out.components(separatedBy: "\n\n")[0].split(separator: "\n")
      .joined(separator: " ")
    #expect(run.status == found.status, "\(run.out)")
    #expect(first.lowercased().contains(found.words.lowercased()), "\(first)")
    #expect(!first.hasSuffix("..") || first.hasSuffix("..."), "\(first)")
  }
}
