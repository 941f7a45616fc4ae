import Foundation

extension ExplainTests {
  /// What happens in fini, as strace shows it.
  static let inFini: [Case] = [
    Case(name: "a good fini", log: exit + detach + end, cause: nil),
    Case(
      name: "traced and let go",
      log: seize + "10:00:00.000007 ptrace(PTRACE_GETREGS, 7, {r15=0, ...}) = 0\n" + detach + end,
      cause: nil),
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
    // arm64, whose breakpoint registers no source shows.
    Case(name: "arm64, caught", log: arm64 + arm64Leave + detach + end, cause: nil),
    Case(
      name: "arm64, never fired", log: arm64 + "10:00:00.001020 wait4(-1,  <unfinished ...>",
      cause: "breakpoint-missed"),
  ]
}
