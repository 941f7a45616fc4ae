extension ToldErrorsTests {
  /// The first wait for a task that was taken by PTRACE_ATTACH.
  private static func attached(_ steps: String, task: Int = 91) -> String {
    "90 ptrace(PTRACE_ATTACH, \(task)) = 0\n" + stopped("SIGSTOP", task)
      + "\(steps)90 exit_group(0) = ?\n90 +++ exited with 0 +++\n"
  }

  /// Taken by PTRACE_SEIZE and not stopped yet.
  private static func seized(_ steps: String) -> String {
    "90 ptrace(PTRACE_SEIZE, 91, NULL, 0) = 0\n\(steps)90 exit_group(0) = ?\n90 +++ exited with 0 +++\n"
  }

  private static func stopped(_ signal: String, _ task: Int = 91) -> String {
    "90 wait4(\(task), [{WIFSTOPPED(s) && WSTOPSIG(s) == \(signal)}], __WALL, NULL) = \(task)\n"
  }

  private static func died(_ signal: String, _ task: Int = 91) -> String {
    "90 wait4(\(task), [{WIFSIGNALED(s) && WTERMSIG(s) == \(signal)}], __WALL, NULL) = \(task)\n"
  }

  private static func resumed(_ request: String, _ signal: String, _ task: Int = 91) -> String {
    "90 ptrace(PTRACE_\(request), \(task), NULL, \(signal)) = 0\n"
  }

  /// A fork of task 91 that a tracer which attached to it sees.
  private static func forked(_ steps: String) -> String {
    attached(
      "90 ptrace(PTRACE_SETOPTIONS, 91, NULL, PTRACE_O_TRACEFORK) = 0\n" + resumed("CONT", "0")
        + "90 wait4(91, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGTRAP}|PTRACE_EVENT_FORK<<16], __WALL, NULL) = 91\n"
        + "90 ptrace(PTRACE_GETEVENTMSG, 91, NULL, [95]) = 0\n" + steps)
  }

  /// A program that a debugger starts for itself, tries something with, and ends.
  private static func probed(_ task: Int) -> String {
    stopped("SIGSTOP", task)
      + "90 ptrace(PTRACE_SETOPTIONS, \(task), NULL, PTRACE_O_EXITKILL) = 0\n"
      + "90 kill(\(task), SIGKILL) = 0\n" + died("SIGKILL", task)
  }

  /// Who ended a task, or left it as it is: the first sentence says it.
  static let fates: [Case] = [
    Case(
      name: "a child of the task is let go with SIGSTOP",
      log: forked(
        stopped("SIGSTOP", 95) + resumed("DETACH", "SIGSTOP", 95) + resumed("DETACH", "0")),
      words: "task 95 was let go with the tracer's own SIGSTOP: it stays stopped", status: 1),
    Case(
      name: "a child of the task is let go with none",
      log: forked(stopped("SIGSTOP", 95) + resumed("DETACH", "0", 95) + resumed("DETACH", "0")),
      words: "nothing wrong", status: 0),
    Case(
      name: "a child of the task is never waited for",
      log: "90 ptrace(PTRACE_SEIZE, 91, NULL, PTRACE_O_TRACEFORK) = 0\n"
        + "90 wait4(91, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGTRAP}|PTRACE_EVENT_FORK<<16], __WALL, NULL) = 91\n"
        + "90 ptrace(PTRACE_GETEVENTMSG, 91, NULL, [95]) = 0\n" + resumed("CONT", "0")
        + "90 wait4(91,  <unfinished ...>) = ?\n90 +++ killed by SIGKILL +++\n",
      words: "task 95, which task 91 made, is traced from its birth and was never waited for",
      status: 1),
    Case(
      name: "a debugger's own children, and the task that it kills",
      log: "90 ptrace(PTRACE_ATTACH, 91) = 0\n" + stopped("SIGSTOP")
        + "90 ptrace(PTRACE_PEEKUSER, 91, 8*CS, [0x33]) = 0\n" + probed(92) + probed(93)
        + "90 tkill(91, SIGKILL) = 0\n"
        + "90 --- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_KILLED, si_pid=91, si_uid=0, si_status=SIGKILL, si_utime=0, si_stime=0} ---\n"
        + "90 wait4(91, NULL, __WALL, NULL) = 91\n90 exit_group(0) = ?\n90 +++ exited with 0 +++\n",
      words: "task 91 was killed by SIGKILL, which its tracer sent", status: 1),
    Case(
      name: "a debugger's own children, and a task that it lets go",
      log: attached(
        "90 ptrace(PTRACE_PEEKUSER, 91, 8*CS, [0x33]) = 0\n" + probed(92) + probed(93)
          + resumed("DETACH", "0")),
      words: "nothing wrong: task 91 was traced and let go", status: 0),
    Case(
      name: "PTRACE_KILL", log: attached("90 ptrace(PTRACE_KILL, 91) = 0\n" + died("SIGKILL")),
      words: "task 91 was killed by its tracer, with PTRACE_KILL", status: 1),
    Case(
      name: "another thread than the tracer asks",
      log: "90 ptrace(PTRACE_ATTACH, 91) = 0\n" + stopped("SIGSTOP")
        + "94 ptrace(PTRACE_CONT, 91, NULL, 0) = -1 ESRCH (No such process)\n"
        + "94 +++ exited with 0 +++\n" + resumed("DETACH", "0") + "90 +++ exited with 0 +++\n",
      words:
        "PTRACE_CONT of task 91 was refused (ESRCH): 94 made it, and only its tracer 90 may",
      status: 1),
    Case(
      name: "the trap of its own breakpoint is passed on",
      log: attached(
        "90 ptrace(PTRACE_PEEKTEXT, 91, 0x5000, [0x1122334455667788]) = 0\n"
          + "90 ptrace(PTRACE_POKETEXT, 91, 0x5000, 0x11223344556677cc) = 0\n"
          + resumed("CONT", "0") + stopped("SIGTRAP") + resumed("CONT", "SIGTRAP")
          + died("SIGTRAP")),
      words: "task 91 was killed by SIGTRAP: its tracer passed on the trap of its own breakpoint",
      status: 1),
    Case(
      name: "the trap of its own single step is passed on",
      log: attached(
        resumed("SINGLESTEP", "0") + stopped("SIGTRAP") + resumed("CONT", "SIGTRAP")
          + died("SIGTRAP")),
      words: "passed on the trap of its own single step", status: 1),
    Case(
      name: "a SIGTRAP that may be the task's own is passed on",
      log: attached(
        resumed("CONT", "0") + stopped("SIGTRAP") + resumed("CONT", "SIGTRAP") + died("SIGTRAP")),
      words: "task 91 was killed by SIGTRAP, which its tracer passed on to it", status: 1),
    Case(
      name: "a signal is kept back, and then passed on",
      log: seized(
        stopped("SIGBUS") + resumed("CONT", "0") + stopped("SIGBUS") + resumed("CONT", "0")
          + stopped("SIGBUS") + resumed("CONT", "SIGBUS") + died("SIGBUS")),
      words: "which its tracer passed on to it, after it had kept it back 2 times", status: 1),
    Case(
      name: "another signal in place of the one that came",
      log: seized(stopped("SIGUSR2") + resumed("CONT", "SIGHUP") + died("SIGHUP")),
      words: "task 91 was killed by SIGHUP, which its tracer gave it in place of SIGUSR2",
      status: 1),
    Case(
      name: "another signal in place of the one that came, which it survives",
      log: seized(
        stopped("SIGUSR2") + resumed("CONT", "SIGWINCH") + "90 ptrace(PTRACE_INTERRUPT, 91) = 0\n"
          + "90 wait4(91, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGTRAP}|PTRACE_EVENT_STOP<<16], __WALL, NULL) = 91\n"
          + resumed("DETACH", "0")),
      words: "SIGUSR2 was taken from task 91, and its tracer gave it SIGWINCH in its place",
      status: 1),
    Case(
      name: "PTRACE_LISTEN in no group-stop",
      log: seized(
        stopped("SIGUSR1") + "90 ptrace(PTRACE_LISTEN, 91) = -1 EIO (Input/output error)\n"
          + resumed("DETACH", "SIGUSR1")),
      words:
        "PTRACE_LISTEN of task 91 failed (EIO): it needs a group-stop, and this was signal-delivery (SIGUSR1)",
      status: 1),
    Case(
      name: "PTRACE_INTERRUPT of a task that was attached to",
      log: attached(
        "90 ptrace(PTRACE_INTERRUPT, 91) = -1 EIO (Input/output error)\n" + resumed("DETACH", "0")),
      words: "it is for tasks taken by PTRACE_SEIZE", status: 1),
    Case(
      name: "a number that is no signal",
      log: attached(
        "90 ptrace(PTRACE_CONT, 91, NULL, 120) = -1 EIO (Input/output error)\n"
          + resumed("DETACH", "0")),
      words: "PTRACE_CONT of task 91 failed (EIO): 120 is no signal", status: 1),
    Case(
      name: "a wait for a task that PTRACE_LISTEN leaves stopped",
      log: "90 ptrace(PTRACE_SEIZE, 91, NULL, 0) = 0\n90 kill(91, SIGSTOP) = 0\n"
        + stopped("SIGSTOP") + resumed("CONT", "SIGSTOP")
        + "90 wait4(91, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGSTOP}|PTRACE_EVENT_STOP<<16], __WALL, NULL) = 91\n"
        + "90 ptrace(PTRACE_LISTEN, 91) = 0\n90 wait4(91, \n",
      words:
        "the tracer waits for task 91, which PTRACE_LISTEN left stopped by the tracer's own SIGSTOP",
      status: 2),
    Case(
      name: "system calls are looked at, and none of them is rt_sigreturn",
      log: "90 ptrace(PTRACE_SEIZE, 91, NULL, PTRACE_O_TRACESYSGOOD) = 0\n"
        + "90 ptrace(PTRACE_INTERRUPT, 91) = 0\n"
        + "90 wait4(91, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGTRAP}|PTRACE_EVENT_STOP<<16], __WALL, NULL) = 91\n"
        + resumed("SYSCALL", "0") + stopped("SIGTRAP | 0x80")
        + "90 ptrace(PTRACE_GET_SYSCALL_INFO, 91, 88, {op=PTRACE_SYSCALL_INFO_ENTRY, arch=AUDIT_ARCH_X86_64, instruction_pointer=0x46, stack_pointer=0x7f, entry={nr=__NR_getpid, args=[0, 0, 0, 0, 0, 0]}}) = 80\n"
        + resumed("SYSCALL", "0") + stopped("SIGTRAP | 0x80")
        + "90 ptrace(PTRACE_GET_SYSCALL_INFO, 91, 88, {op=PTRACE_SYSCALL_INFO_EXIT, arch=AUDIT_ARCH_X86_64, instruction_pointer=0x46, stack_pointer=0x7f, exit={rval=91, is_error=0}}) = 33\n"
        + resumed("DETACH", "0") + "90 +++ exited with 0 +++\n",
      words: "nothing wrong: task 91 was traced and let go", status: 0),
    Case(
      name: "the beginning is missing, and what was written is put back",
      log: stopped("SIGTRAP") + "90 ptrace(PTRACE_POKETEXT, 91, 0x5000, 0x1122) = 0\n"
        + resumed("DETACH", "0") + "90 +++ exited with 0 +++\n",
      words: "the trace begins after its tracer took hold of task 91", status: 2),
    Case(
      name: "two tasks, of which one ended by itself, and Ctrl-C",
      log: "90 ptrace(PTRACE_SEIZE, 91, NULL, 0) = 0\n90 ptrace(PTRACE_SEIZE, 92, NULL, 0) = 0\n"
        + stopped("SIGCHLD", 92) + resumed("CONT", "SIGCHLD", 92)
        + "90 wait4(-1, [{WIFEXITED(s) && WEXITSTATUS(s) == 0}], __WALL, NULL) = 92\n"
        + "90 ptrace(PTRACE_INTERRUPT, 91) = 0\n"
        + "90 wait4(91, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGTRAP}|PTRACE_EVENT_STOP<<16], __WALL, NULL) = 91\n"
        + resumed("DETACH", "0") + "90 +++ killed by SIGINT +++\n",
      words: "nothing wrong", status: 0),
  ]
}
