import Foundation

extension ExplainTests {
  /// What happens before and after fini, and what other tracers do, as strace shows it.
  static let aroundFini: [Case] = [
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
    Case(
      name: "stopped by SIGTTIN, and let go",
      log: seize.replacingOccurrences(
        of: "SIGTRAP}|PTRACE_EVENT_STOP", with: "SIGTTIN}|PTRACE_EVENT_STOP"
      ).split(separator: "\n").prefix(3).joined(separator: "\n") + "\n" + detach
        + "10:00:00.003000 +++ exited with 1 +++\n", cause: "unsupported-stop", isCertain: false),
    // Waits.
    Case(
      name: "an alarm in place of a stop",
      log: seize
        + "10:00:00.000300 wait4(-1, 0x7ffc, __WALL, NULL) = ? ERESTARTSYS (To be restarted)\n"
        + "10:00:10.000300 --- SIGALRM {si_signo=SIGALRM, si_code=SI_KERNEL} ---\n",
      cause: "hangs"),
    Case(
      name: "a wait for a child that is not traced",
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
    // Time.
    Case(
      name: "one step that is most of it",
      log: seize.replacingOccurrences(
        of: "PTRACE_INTERRUPT, 7) = 0", with: "PTRACE_INTERRUPT, 7) = 0 <0.075000>")
        + detach.replacingOccurrences(of: " = 0\n", with: " = 0 <0.000004>\n"),
      cause: "slow-step"),
  ]
}
