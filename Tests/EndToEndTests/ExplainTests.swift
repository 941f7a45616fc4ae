import FiniTestSupport
import Foundation
import Testing

/// Small logs, written by hand. Each has one error.
@Suite(.serialized)
struct ExplainTests {
  /// A log, the cause that must come first, and how certain it is; `nil` if nothing is wrong.
  struct Case: CustomTestStringConvertible, Sendable {
    var name: String
    var log: String
    var cause: String?
    var isCertain = true
    var testDescription: String { name }
  }

  private static let seize = """
    10:00:00.000001 ptrace(PTRACE_SEIZE, 7, NULL, 0) = 0
    10:00:00.000002 ptrace(PTRACE_INTERRUPT, 7) = 0
    10:00:00.000003 wait4(7, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGTRAP}|PTRACE_EVENT_STOP<<16], __WALL, NULL) = 7
    10:00:00.000004 ptrace(PTRACE_SETOPTIONS, 7, NULL, PTRACE_O_TRACESYSGOOD) = 0
    10:00:00.000005 ptrace(PTRACE_GETSIGMASK, 7, 8, []) = 0
    10:00:00.000006 ptrace(PTRACE_PEEKDATA, 7, 0x1000, [0x55]) = 0

    """
  private static let infect =
    seize + """
      10:00:00.000010 ptrace(PTRACE_POKEDATA, 7, 0x1000, 0xcc050f) = 0
      10:00:00.000011 ptrace(PTRACE_SETREGSET, 7, NT_PRSTATUS, {iov_base=0x7ffc, iov_len=216}) = 0
      10:00:00.000012 ptrace(PTRACE_CONT, 7, NULL, 0) = 0
      10:00:00.000013 wait4(7, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGTRAP}], __WALL, NULL) = 7
      10:00:00.000014 ptrace(PTRACE_GETSIGINFO, 7, NULL, {si_signo=SIGTRAP, si_code=SI_KERNEL, si_addr=NULL}) = 0
      10:00:00.000015 ptrace(PTRACE_POKEDATA, 7, 0x1000, 0x55) = 0
      10:00:00.000016 ptrace(PTRACE_SETREGSET, 7, NT_PRSTATUS, {iov_base=0x7ffc, iov_len=216}) = 0
      10:00:00.000017 ptrace(PTRACE_CONT, 7, NULL, 0) = 0

      """
  private static let interrupt =
    infect + """
      10:00:00.001000 ptrace(PTRACE_INTERRUPT, 7) = 0
      10:00:00.001001 wait4(7, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGTRAP}|PTRACE_EVENT_STOP<<16], __WALL, NULL) = 7

      """
  private static let arm =
    interrupt + """
      10:00:00.001010 ptrace(PTRACE_POKEUSER, 7, offsetof(struct user, u_debugreg), 0x2000) = 0
      10:00:00.001011 ptrace(PTRACE_POKEUSER, 7, offsetof(struct user, u_debugreg)+56, 0x1) = 0

      """
  private static let approach =
    arm + """
      10:00:00.001012 ptrace(PTRACE_SETSIGMASK, 7, 8, ~[TRAP]) = 0
      10:00:00.001013 ptrace(PTRACE_CONT, 7, NULL, 0) = 0

      """
  private static let leave =
    approach + """
      10:00:00.001020 wait4(-1, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGTRAP}], __WALL, NULL) = 7
      10:00:00.001021 ptrace(PTRACE_POKEUSER, 7, offsetof(struct user, u_debugreg)+56, NULL) = 0
      10:00:00.001022 ptrace(PTRACE_SYSCALL, 7, NULL, 0) = 0
      10:00:00.001023 wait4(-1, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGTRAP | 0x80}], __WALL, NULL) = 7
      10:00:00.001024 ptrace(PTRACE_GETREGSET, 7, NT_PRSTATUS, {iov_base={orig_rax=0xf, rip=0x2002, ...}, iov_len=216}) = 0
      10:00:00.001025 ptrace(PTRACE_SYSCALL, 7, NULL, 0) = 0

      """
  private static let exit =
    leave + """
      10:00:00.001026 wait4(7, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGTRAP | 0x80}], __WALL, NULL) = 7

      """
  private static let detach = "10:00:00.002000 ptrace(PTRACE_DETACH, 7, NULL, 0) = 0\n"
  private static let gone =
    "10:00:00.002000 ptrace(PTRACE_DETACH, 7, NULL, 0) = -1 ESRCH (No such process)\n10:00:00.003000 +++ exited with 1 +++\n"
  private static let end = "10:00:00.003000 +++ exited with 0 +++\n"

  private static func stop(_ signal: String) -> String {
    "10:00:00.001020 wait4(-1, [{WIFSTOPPED(s) && WSTOPSIG(s) == \(signal)}], __WALL, NULL) = 7\n"
  }

  private static func error(_ words: String) -> String {
    "(00.010000) Error (compel/src/lib/infect.c:1): \(words)\n(00.011000) Error (criu/cr-dump.c:2): Dumping FAILED.\n"
  }

  private static let traced = """
    (00.010000) Waiting for 7 to trap
    (00.010100) Daemon 7 exited trapping
    (00.010200) Sent msg to daemon 3 0 0
    (00.010300) 7 was trapped
    (00.010400) 7 (native) is going to execute the syscall 45, required is 15
    (00.010500) 7 was trapped
    (00.010600) `- Expecting exit
    (00.010700) 7 was trapped
    (00.010800) 7 (native) is going to execute the syscall 15, required is 15
    (00.010900) 7 was stopped
    (00.011000)     Unseizing 7 into 1

    """
  private static let arm64 =
    interrupt + """
      10:00:00.001010 ptrace(PTRACE_GETREGSET, 7, NT_ARM_HW_BREAK, {iov_base=0xffffd1, iov_len=104}) = 0
      10:00:00.001011 ptrace(PTRACE_SETREGSET, 7, NT_ARM_HW_BREAK, {iov_base=0xffffd1, iov_len=24}) = 0
      10:00:00.001012 ptrace(PTRACE_SETSIGMASK, 7, 8, ~[TRAP]) = 0
      10:00:00.001013 ptrace(PTRACE_CONT, 7, NULL, 0) = 0

      """
  private static let arm64Leave = """
    10:00:00.001020 wait4(-1, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGTRAP}], __WALL, NULL) = 7
    10:00:00.001021 ptrace(PTRACE_SETREGSET, 7, NT_ARM_HW_BREAK, {iov_base=0xffffd1, iov_len=24}) = 0
    10:00:00.001022 ptrace(PTRACE_SYSCALL, 7, NULL, 0) = 0
    10:00:00.001023 wait4(-1, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGTRAP | 0x80}], __WALL, NULL) = 7
    10:00:00.001024 ptrace(PTRACE_GETREGSET, 7, NT_PRSTATUS, {iov_base={regs=[0x1, ...], sp=0x1, pc=0x2, pstate=0}, iov_len=272}) = 0
    10:00:00.001025 ptrace(PTRACE_SYSCALL, 7, NULL, 0) = 0
    10:00:00.001026 wait4(7, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGTRAP | 0x80}], __WALL, NULL) = 7

    """

  static let cases: [Case] = [
    Case(name: "a good fini", log: exit + detach + end, cause: nil),
    Case(
      name: "traced and let go",
      log: seize + "10:00:00.000007 ptrace(PTRACE_GETREGS, 7, {r15=0, ...}) = 0\n" + detach + end,
      cause: nil),
    // In fini.
    Case(name: "SIGSTOP", log: approach + stop("SIGSTOP") + detach, cause: "stop-signal-in-fini"),
    Case(name: "SIGTSTP", log: approach + stop("SIGTSTP") + detach, cause: "stop-signal-in-fini"),
    Case(name: "SIGUSR1", log: approach + stop("SIGUSR1") + detach, cause: "signal-in-fini"),
    Case(name: "SIGSEGV", log: approach + stop("SIGSEGV") + detach, cause: "parasite-crashed"),
    Case(name: "SIGILL", log: approach + stop("SIGILL") + detach, cause: "parasite-crashed"),
    Case(
      name: "a SIGCONT's notice taken for the breakpoint",
      log: leave.replacingOccurrences(
        of: "10:00:00.001020 wait4(-1, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGTRAP}]",
        with:
          "10:00:00.001020 wait4(-1, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGTRAP}|PTRACE_EVENT_STOP<<16]"
      )
        + detach + end, cause: "false-breakpoint"),
    Case(
      name: "SIGSEGV after rt_sigreturn", log: leave + stop("SIGSEGV") + detach, cause: "bad-frame"
    ),
    Case(
      name: "killed in fini",
      log: approach
        + "10:00:00.001020 wait4(-1, [{WIFSIGNALED(s) && WTERMSIG(s) == SIGKILL}], __WALL, NULL) = 7\n"
        + end, cause: "killed"),
    Case(
      name: "killed in fini, and only SIGCHLD tells",
      log: arm
        + "10:00:00.001012 ptrace(PTRACE_SETSIGMASK, 7, 8, ~[TRAP]) = -1 ESRCH (No such process)\n"
        + "10:00:00.001013 --- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_KILLED, si_pid=7, si_uid=0, si_status=SIGKILL, si_utime=0, si_stime=0} ---\n"
        + gone, cause: "killed"),
    Case(
      name: "gone in fini, and nothing tells why",
      log: arm
        + "10:00:00.001012 ptrace(PTRACE_SETSIGMASK, 7, 8, ~[TRAP]) = -1 ESRCH (No such process)\n"
        + gone, cause: "killed", isCertain: false),
    Case(
      name: "a program that ends under a debugger",
      log: seize + "10:00:00.000007 ptrace(PTRACE_CONT, 7, NULL, 0) = 0\n"
        + "10:00:00.000008 wait4(7, [{WIFEXITED(s) && WEXITSTATUS(s) == 0}], 0, NULL) = 7\n" + end,
      cause: nil),
    Case(
      name: "PTRACE_ATTACH takes its own SIGSTOP",
      log: "10:00:00.000001 ptrace(PTRACE_ATTACH, 7) = 0\n"
        + "10:00:00.000002 wait4(7, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGSTOP}], 0, NULL) = 7\n"
        + "10:00:00.000003 ptrace(PTRACE_GETREGS, 7, {r15=0, ...}) = 0\n"
        + "10:00:00.000004 ptrace(PTRACE_CONT, 7, NULL, 0) = 0\n"
        + "10:00:00.000005 wait4(7, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGTRAP}], 0, NULL) = 7\n"
        + detach + end, cause: nil),
    Case(
      name: "strace -f in the way of its own tracer",
      log: "11 10:00:00.000001 ptrace(PTRACE_TRACEME) = -1 EPERM (Operation not permitted)\n"
        + "10 10:00:00.000002 wait4(11, [{WIFEXITED(s) && WEXITSTATUS(s) == 1}], 0, NULL) = 11\n"
        + "10 10:00:00.000003 +++ exited with 1 +++\n", cause: "already-traced"),
    Case(
      name: "exited in fini",
      log: approach
        + "10:00:00.001020 wait4(-1, [{WIFEXITED(s) && WEXITSTATUS(s) == 3}], __WALL, NULL) = 7\n"
        + end, cause: "exited"),
    Case(
      name: "a hang at the breakpoint",
      log: approach + "10:00:00.001020 wait4(-1,  <unfinished ...>) = ?\n"
        + "10:00:09.001020 +++ killed by SIGKILL +++\n", cause: "breakpoint-missed"),
    Case(
      name: "a tracer killed at once",
      log: approach + "10:00:00.001020 wait4(-1,  <unfinished ...>) = ?\n"
        + "10:00:00.001090 +++ killed by SIGKILL +++\n", cause: "tracer-died"),
    Case(
      name: "a hang in the first stop",
      log: "10:00:00.000001 ptrace(PTRACE_SEIZE, 7, NULL, 0) = 0\n"
        + "10:00:00.000002 ptrace(PTRACE_INTERRUPT, 7) = 0\n"
        + "10:00:00.000003 wait4(7,  <unfinished ...>) = ?\n"
        + "10:00:12.000003 +++ killed by SIGINT +++\n", cause: "tracer-died"),
    Case(
      name: "a debug register refused",
      log: interrupt
        + "10:00:00.001010 ptrace(PTRACE_POKEUSER, 7, offsetof(struct user, u_debugreg), 0x2000) = -1 ENOSPC (No space left on device)\n"
        + detach, cause: "breakpoint-refused"),
    Case(
      name: "SIGTRAP blocked and forced",
      log: arm + "10:00:00.001012 ptrace(PTRACE_SETSIGMASK, 7, 8, ~[]) = 0\n"
        + "10:00:00.001013 ptrace(PTRACE_CONT, 7, NULL, 0) = 0\n"
        + leave.dropFirst(approach.count) + exit.dropFirst(leave.count) + detach + end,
      cause: "trap-blocked"),
    // Something is left in the task.
    Case(
      name: "let go armed",
      log: arm.replacingOccurrences(of: infect, with: seize) + detach + end, cause: "detached-armed"
    ),
    Case(
      name: "text not put back",
      log: exit + "10:00:00.001500 ptrace(PTRACE_POKEDATA, 7, 0x1000, 0xcc) = 0\n" + detach + end,
      cause: "memory-patched"),
    Case(
      name: "another mask",
      log: exit + "10:00:00.001500 ptrace(PTRACE_SETSIGMASK, 7, 8, [USR1]) = 0\n" + detach + end,
      cause: "mask-changed"),
    Case(
      name: "a signal taken and not given back",
      log: seize + "10:00:00.000007 ptrace(PTRACE_CONT, 7, NULL, 0) = 0\n"
        + "10:00:00.000008 wait4(7, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGUSR1}], 0, NULL) = 7\n"
        + "10:00:00.000009 ptrace(PTRACE_GETREGS, 7, {r15=0, ...}) = 0\n"
        + "10:00:00.000010 ptrace(PTRACE_CONT, 7, NULL, 0) = 0\n"
        + "10:00:00.000011 ptrace(PTRACE_INTERRUPT, 7) = 0\n"
        + "10:00:00.000012 wait4(7, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGTRAP}|PTRACE_EVENT_STOP<<16], 0, NULL) = 7\n"
        + detach + end, cause: "signal-lost"),
    Case(
      name: "the same, given back",
      log: seize + "10:00:00.000007 ptrace(PTRACE_CONT, 7, NULL, 0) = 0\n"
        + "10:00:00.000008 wait4(7, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGUSR1}], 0, NULL) = 7\n"
        + "10:00:00.000009 ptrace(PTRACE_GETREGS, 7, {r15=0, ...}) = 0\n"
        + "10:00:00.000010 ptrace(PTRACE_CONT, 7, NULL, SIGUSR1) = 0\n"
        + "10:00:00.000011 ptrace(PTRACE_INTERRUPT, 7) = 0\n"
        + "10:00:00.000012 wait4(7, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGTRAP}|PTRACE_EVENT_STOP<<16], 0, NULL) = 7\n"
        + detach + end, cause: nil),
    // Before fini.
    Case(
      name: "SIGSTOP in an injected call",
      log: infect.replacingOccurrences(of: "SIGTRAP}], __WALL", with: "SIGSTOP}], __WALL")
        .replacingOccurrences(
          of: "{si_signo=SIGTRAP, si_code=SI_KERNEL, si_addr=NULL}",
          with: "{si_signo=SIGSTOP, si_code=SI_USER, si_pid=99, si_uid=0}") + detach + end,
      cause: "interrupted-call"),
    Case(
      name: "seccomp",
      log:
        "ptrace(PTRACE_SEIZE, 7, NULL, PTRACE_O_SUSPEND_SECCOMP) = -1 EPERM (Operation not permitted)\n+++ exited with 1 +++\n",
      cause: "seccomp"),
    Case(
      name: "extended state",
      log: seize
        + "10:00:00.000007 ptrace(PTRACE_SETREGSET, 7, NT_X86_XSTATE, {iov_base=0x7ff, iov_len=4096}) = -1 EFAULT (Bad address)\n"
        + detach, cause: "extended-state"),
    // A log alone.
    Case(
      name: "state D", log: error("Unseizable non-zombie 7 found, state D, err -1/4"),
      cause: "uninterruptible"),
    Case(
      name: "traced", log: error("Unseizable non-zombie 7 found, state t, err -1/10"),
      cause: "already-traced"),
    Case(
      name: "not permitted, for an unknown reason",
      log:
        "(00.010000) Warn  (compel/src/lib/infect.c:1): Unable to interrupt task: 7 (Operation not permitted)\n"
        + error("Can't infect (pid: 7) with parasite"), cause: "already-traced", isCertain: false),
    Case(name: "zombie", log: error("Zombie found 7"), cause: "zombie"),
    Case(
      name: "own tree", log: error("The criu itself is within dumped tree"), cause: "own-tree"),
    Case(
      name: "frozen", log: error("Unable to freeze tasks in the freezer: Device or resource busy"),
      cause: "frozen-group"),
    Case(
      name: "seccomp in the log", log: error("suspending seccomp failed: Operation not permitted"),
      cause: "seccomp"),
    Case(
      name: "another stop", log: error("SEIZE 7: unsupported stop signal 21"),
      cause: "unsupported-stop"),
    Case(
      name: "registers", log: error("Can't set FPU registers: Bad address"), cause: "extended-state"
    ),
    Case(
      name: "outside", log: error("The task is not in parasite code"),
      cause: "outside-of-parasite"),
    Case(name: "killed", log: error("7 was killed by 9 unexpectedly"), cause: "killed"),
    Case(
      name: "bus error in fini", log: error("Task 7 is in unexpected state: 77f"),
      cause: "parasite-crashed"),
    Case(name: "gone in fini", log: error("Task 7 is in unexpected state: 9"), cause: "killed"),
    Case(
      name: "gone when fini began",
      log: error("Task is still running (pid: 7, status: 0x9)"), cause: "killed"),
    Case(
      name: "an error that was survived",
      log:
        "(00.000100) Error (criu/util.c:3): rlimit: Can't setup RLIMIT_NOFILE for self: Operation not permitted\n"
        + "(00.020000) Dumping finished successfully\n", cause: nil),
    Case(
      name: "a good end, and fini not shown",
      log: "(00.000100) Seized task 7, state 0\n(00.020000) Dumping finished successfully\n",
      cause: nil),
    Case(
      name: "a child that was dead, and a good end",
      log:
        "(00.000100) Warn  (compel/src/lib/infect.c:1): Unable to interrupt task: 8 (Operation not permitted)\n(00.020000) Dumping finished successfully\n",
      cause: nil),
    Case(
      name: "the parasite leaves by itself",
      log:
        "(00.000100) Seized task 7, state 0\npie: 7: Daemon waits for command\npie: 7: 7: new_sp=0x7f5ffe2e0988 ip 0x7f5ffe3bc503\n",
      cause: "tracer-died", isCertain: false),
    Case(
      name: "a log that breaks off",
      log: "(00.000100) Seized task 7, state 0\n(00.000200) Parasite syscall_ip at 0x1000\n",
      cause: "tracer-died", isCertain: false),
    Case(
      name: "errors long before the last ones",
      log: "(00.000100) Error (criu/a.c:3): the sun is dim\n"
        + String(repeating: "(00.000200) Dumping something\n", count: 60)
        + error("the moon is full"), cause: "tracer-error"),
    Case(
      name: "time limit", log: error("Timeout reached. Try to interrupt: 1"), cause: "timed-out"),
    Case(
      name: "SIGSTOP in place of the interrupt's stop",
      log: interrupt.replacingOccurrences(
        of:
          "10:00:00.001001 wait4(7, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGTRAP}|PTRACE_EVENT_STOP<<16]",
        with: "10:00:00.001001 wait4(7, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGSTOP}]")
        + leave.dropFirst(interrupt.count).replacingOccurrences(
          of: "10:00:00.001020 wait4(-1, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGTRAP}]",
          with:
            "10:00:00.001020 wait4(-1, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGTRAP}|PTRACE_EVENT_STOP<<16]"
        ) + detach + end, cause: "stop-signal-in-fini"),
    Case(
      name: "another call after the breakpoint",
      log: leave.replacingOccurrences(of: "orig_rax=0xf,", with: "orig_rax=0x3,")
        .replacingOccurrences(
          of: "10:00:00.001021 ptrace",
          with:
            "10:00:00.001020 ptrace(PTRACE_GETSIGINFO, 7, NULL, {si_signo=SIGTRAP, si_code=TRAP_HWBKPT, si_addr=0x2000}) = 0\n10:00:00.001021 ptrace"
        )
        + exit.dropFirst(leave.count)
        + "10:00:00.001027 ptrace(PTRACE_SYSCALL, 7, NULL, 0) = 0\n"
        + leave.dropFirst(leave.count) + detach + end, cause: "wrong-call"),
    Case(
      name: "stopped by SIGTTIN, and let go",
      log: seize.replacingOccurrences(
        of: "SIGTRAP}|PTRACE_EVENT_STOP", with: "SIGTTIN}|PTRACE_EVENT_STOP"
      ).split(separator: "\n").prefix(3).joined(separator: "\n") + "\n" + detach
        + "10:00:00.003000 +++ exited with 1 +++\n", cause: "unsupported-stop", isCertain: false),
    // Restore.
    Case(
      name: "ended while it was restored",
      log: error("9 killed by signal 11: Segmentation fault"), cause: "restored-task-crashed"),
    Case(
      name: "exited while it was restored", log: error("9 exited, status=1"), cause: "exited"),
    Case(
      name: "exited while it was restored, and says why",
      log: "(00.009000)      9: Error (criu/files.c:1): Can't open /x\n"
        + error("9 exited, status=1"), cause: "tracer-error"),
    Case(
      name: "restore's own children, held by another tracer",
      log: error("Can't attach to 7: Operation not permitted"), cause: "already-traced",
      isCertain: false),
    Case(
      name: "restore that hangs",
      log:
        "(00.010000) pie: 7: Switched to the restorer 7\n(00.080109) 7 was trapped\n(00.080177) 7 (native) is going to execute the syscall 139, required is 139\n(00.080214) 7 was stopped\n(00.080300) 8 was trapped\n",
      cause: "tracer-died", isCertain: false),
    Case(
      name: "a restore that ends well",
      log:
        "(00.010000) pie: 7: Switched to the restorer 7\n(00.080109) 7 was trapped\n(00.080120) 7 was trapped\n(00.080177) 7 (native) is going to execute the syscall 15, required is 15\n(00.080214) 7 was stopped\n(00.080300) 7 was trapped\n(00.080400) 7 (native) is going to execute the syscall 11, required is 11\n(00.080500) 7 was stopped\n(00.090000) Restore finished successfully. Tasks resumed.\n",
      cause: nil),
    // More than one call; its meaning depends on the version.
    Case(
      name: "more calls than one, by a version with breakpoints",
      log: "(00.000001) Version: 4.1 (gitid 0)\n" + traced, cause: "false-breakpoint"),
    Case(
      name: "more calls than one, by a version without",
      log: "(00.000001) Version: 3.12 (gitid 0)\n" + traced, cause: nil),
    Case(
      name: "more calls than one, by who knows which", log: traced, cause: "false-breakpoint",
      isCertain: false),
    // Messages of other programs.
    Case(
      name: "a thread that is dead",
      log:
        "(00.001036) Warn  (compel/src/lib/infect.c:127): Unable to interrupt task: 9 (No such process)\n"
        + error("zombie found while seizing"), cause: "zombie"),
    Case(
      name: "no stop after the seize", log: error("SEIZE 7: task not stopped after seize"),
      cause: "seize-refused"),
    Case(
      name: "can't be run", log: error("Can't run parasite at 7: No such process"),
      cause: "killed", isCertain: false),
    Case(
      name: "the frame, in the kernel's words alone",
      log: "[12.5] x[7] bad frame in rt_sigreturn frame:00007f12d0f19000 ip:4abec1\n",
      cause: "bad-frame"),
    // Waits.
    Case(
      name: "an alarm in place of a stop",
      log: seize
        + "10:00:00.000300 wait4(-1, 0x7ffc, __WALL, NULL) = ? ERESTARTSYS (To be restarted)\n"
        + "10:00:10.000300 --- SIGALRM {si_signo=SIGALRM, si_code=SI_KERNEL} ---\n",
      cause: "hangs"),
    Case(
      name: "who waits for a child that it does not trace",
      log: seize + "10:00:00.000007 ptrace(PTRACE_GETREGS, 7, {r15=0, ...}) = 0\n" + detach
        + "10:00:00.003000 wait4(12,  <unfinished ...>\n", cause: nil),
    Case(
      name: "strace put onto a tracer that hung already",
      log: "strace: Process 4711 attached\nwait4(-1, ", cause: "hangs", isCertain: false),
    // Tracers that infect no task.
    Case(
      name: "strace, of a program that takes a signal",
      log:
        "10:00:00.000001 ptrace(PTRACE_SEIZE, 7, NULL, PTRACE_O_TRACESYSGOOD|PTRACE_O_TRACEEXEC|PTRACE_O_TRACEEXIT) = 0\n"
        + "10:00:00.000002 ptrace(PTRACE_INTERRUPT, 7) = 0\n"
        + "10:00:00.000003 wait4(-1, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGTRAP}|PTRACE_EVENT_STOP<<16], __WALL, NULL) = 7\n"
        + "10:00:00.000004 ptrace(PTRACE_SYSCALL, 7, NULL, 0) = 0\n"
        + "10:00:00.000005 wait4(-1, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGUSR1}], __WALL, NULL) = 7\n"
        + "10:00:00.000006 ptrace(PTRACE_SYSCALL, 7, NULL, SIGUSR1) = 0\n"
        + "10:00:00.000007 wait4(-1, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGTRAP | 0x80}], __WALL, NULL) = 7\n"
        + "10:00:00.000008 ptrace(PTRACE_SYSCALL, 7, NULL, 0) = 0\n"
        + "10:00:00.000009 wait4(-1, [{WIFEXITED(s) && WEXITSTATUS(s) == 0}], __WALL, NULL) = 7\n"
        + end,
      cause: nil),
    Case(
      name: "gdb, which calls a function and gets the task back by its fault",
      log: "10:00:00.000001 ptrace(PTRACE_ATTACH, 7) = 0\n"
        + "10:00:00.000002 wait4(7, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGSTOP}], 0, NULL) = 7\n"
        + "10:00:00.000003 ptrace(PTRACE_SETREGS, 7, {r15=0, ...}) = 0\n"
        + "10:00:00.000004 ptrace(PTRACE_CONT, 7, 0x1, 0) = 0\n"
        + "10:00:00.000005 wait4(-1, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGSEGV}], WNOHANG|__WALL, NULL) = 7\n"
        + "10:00:00.000006 ptrace(PTRACE_PEEKUSER, 7, 8*SS+8, [0x7f8f2690d740]) = 0\n"
        + "10:00:00.000007 ptrace(PTRACE_GETSIGINFO, 7, NULL, {si_signo=SIGSEGV, si_code=SEGV_ACCERR, si_addr=0x7ffc04f1a52f}) = 0\n"
        + "10:00:00.000008 ptrace(PTRACE_SETREGS, 7, {r15=0, ...}) = 0\n"
        + "10:00:00.000009 ptrace(PTRACE_DETACH, 7, NULL, 0) = 0\n" + end, cause: nil),
    // A SIGSTOP that the tracer sent.
    Case(
      name: "let go before its own SIGSTOP came",
      log: "10:00:00.000001 ptrace(PTRACE_ATTACH, 7) = 0\n"
        + "10:00:00.000002 wait4(7, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGPROF}], __WALL, NULL) = 7\n"
        + "10:00:00.000003 ptrace(PTRACE_DETACH, 7, NULL, SIGPROF) = 0\n" + end,
      cause: "stop-left"),
    Case(
      name: "its own SIGSTOP given back again and again",
      log: "10:00:00.000001 ptrace(PTRACE_ATTACH, 7) = 0\n"
        + String(
          repeating:
            "10:00:00.000002 wait4(7, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGSTOP}], __WALL, NULL) = 7\n10:00:00.000003 ptrace(PTRACE_CONT, 7, NULL, SIGSTOP) = 0\n",
          count: 3)
        + "10:00:00.000004 wait4(7, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGSTOP}], __WALL, NULL) = 7\n"
        + "10:00:00.000005 ptrace(PTRACE_DETACH, 7, NULL, SIGSTOP) = 0\n" + end,
      cause: "stop-left"),
    Case(
      name: "another signal met first, and given back",
      log: "10:00:00.000001 ptrace(PTRACE_ATTACH, 7) = 0\n"
        + "10:00:00.000002 wait4(7, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGPROF}], __WALL, NULL) = 7\n"
        + "10:00:00.000003 ptrace(PTRACE_CONT, 7, NULL, SIGPROF) = 0\n"
        + "10:00:00.000004 wait4(7, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGSTOP}], __WALL, NULL) = 7\n"
        + "10:00:00.000005 ptrace(PTRACE_DETACH, 7, NULL, 0) = 0\n" + end, cause: nil),
    // arm64, whose breakpoint registers no source shows.
    Case(name: "arm64, caught", log: arm64 + arm64Leave + detach + end, cause: nil),
    Case(
      name: "arm64, never fired", log: arm64 + "10:00:00.001020 wait4(-1,  <unfinished ...>",
      cause: "breakpoint-missed"),
    // Time.
    Case(
      name: "one step that is most of it",
      log: seize.replacingOccurrences(
        of: "PTRACE_INTERRUPT, 7) = 0", with: "PTRACE_INTERRUPT, 7) = 0 <0.075000>")
        + detach.replacingOccurrences(of: " = 0\n", with: " = 0 <0.000004>\n"),
      cause: "slow-step"),
    Case(
      name: "something new", log: error("the moon is full"), cause: "tracer-error"),
  ]

  @Test("The cause, and how sure it is", arguments: cases)
  func cause(of found: Case) throws {
    let tool = try Tool()
    try found.log.write(toFile: tool.folder + "/log", atomically: true, encoding: .utf8)
    let imported = tool.run("import", tool.folder + "/log")
    #expect(imported.status == 0, "\(imported.err)")
    #expect(imported.err.contains(" 0 not understood"), "\(imported.err)")
    let run = tool.run("explain", "--json")
    guard let cause = found.cause else {
      #expect(run.status == 0, "\(run.out)")
      #expect(run.out.contains("\"answer\":\"nothing-wrong\""))
      return
    }
    // If a tracer says that it failed, it has failed, whatever the cause.
    // That a tracer failed is seen by its end, too, whatever the cause.
    let isWrong =
      found.isCertain || found.log.contains("FAILED.")
      || found.log.contains("+++ exited with 1 +++")
    #expect(run.status == (isWrong ? 1 : 2), "\(run.out)")
    let certainty = found.isCertain ? "yes" : "possible"
    #expect(
      run.out.contains("\"diagnoses\":[{\"cause\":\"\(cause)\",\"certainty\":\"\(certainty)\""),
      "\(run.out.prefix(700))")
    #expect(!run.out.contains("the sun is dim"))
    if found.name == "SIGSEGV" {
      // The tracer did not read the registers: then the report says nothing about them.
      #expect(!run.out.contains("pc 0x"))
    }
    // A person has read this text.
    let text = tool.run("explain", "--width", "80")
    #expect(text.outLines.allSatisfy { $0.count <= 80 })
    #expect(text.outLines.first?.isEmpty == false)
  }

  /// A cure by tracing system calls; `strace -e trace=ptrace` shows no wait of it.
  private static let withoutWaits =
    infect.withoutWaits + """
      10:00:00.001000 ptrace(PTRACE_INTERRUPT, 7) = 0
      10:00:00.001001 ptrace(PTRACE_SYSCALL, 7, NULL, 0) = 0
      10:00:00.001002 ptrace(PTRACE_SYSCALL, 7, NULL, 0) = 0
      10:00:00.001003 ptrace(PTRACE_GETREGSET, 7, NT_PRSTATUS, {iov_base={r15=0, rax=0, orig_rax=0xffffffffffffffff, rip=0x1000}, iov_len=216}) = 0
      10:00:00.001004 ptrace(PTRACE_SETREGSET, 7, NT_PRSTATUS, {iov_base={r15=0, rax=0, orig_rax=0xffffffffffffffff, rip=0x1000}, iov_len=216}) = 0

      """

  @Test(
    "Without the waits the outcome is unknown, even if the log shows no failure",
    arguments: cases.filter { $0.cause == nil && $0.log.contains(" wait4(") }.map {
      Case(name: $0.name, log: $0.log.withoutWaits)
    } + [
      Case(name: "registers written", log: withoutWaits + detach + end),
      Case(name: "all that was done is a look", log: seize.withoutWaits + detach + end),
    ])
  func waitsAreNotShown(_ found: Case) throws {
    let tool = try Tool()
    try found.log.write(toFile: tool.folder + "/log", atomically: true, encoding: .utf8)
    #expect(tool.run("import", tool.folder + "/log").status == 0)
    let run = tool.run("explain", "--json")
    #expect(run.status == 2, "\(run.out)")
    #expect(tool.run("check").status == 2)
  }
}

extension String {
  /// The log as `strace -e trace=ptrace` writes it.
  fileprivate var withoutWaits: String {
    split(separator: "\n", omittingEmptySubsequences: false).filter { !$0.contains(" wait4(") }
      .joined(separator: "\n")
  }
}
