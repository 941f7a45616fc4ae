extension ExplainTests {
  // The log of a cure up to one of its steps; each begins with the one before.

  static let seize = """
    10:00:00.000001 ptrace(PTRACE_SEIZE, 7, NULL, 0) = 0
    10:00:00.000002 ptrace(PTRACE_INTERRUPT, 7) = 0
    10:00:00.000003 wait4(7, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGTRAP}|PTRACE_EVENT_STOP<<16], __WALL, NULL) = 7
    10:00:00.000004 ptrace(PTRACE_SETOPTIONS, 7, NULL, PTRACE_O_TRACESYSGOOD) = 0
    10:00:00.000005 ptrace(PTRACE_GETSIGMASK, 7, 8, []) = 0
    10:00:00.000006 ptrace(PTRACE_PEEKDATA, 7, 0x1000, [0x55]) = 0

    """
  static let infect =
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
  static let interrupt =
    infect + """
      10:00:00.001000 ptrace(PTRACE_INTERRUPT, 7) = 0
      10:00:00.001001 wait4(7, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGTRAP}|PTRACE_EVENT_STOP<<16], __WALL, NULL) = 7

      """
  static let arm =
    interrupt + """
      10:00:00.001010 ptrace(PTRACE_POKEUSER, 7, offsetof(struct user, u_debugreg), 0x2000) = 0
      10:00:00.001011 ptrace(PTRACE_POKEUSER, 7, offsetof(struct user, u_debugreg)+56, 0x1) = 0

      """
  static let approach =
    arm + """
      10:00:00.001012 ptrace(PTRACE_SETSIGMASK, 7, 8, ~[TRAP]) = 0
      10:00:00.001013 ptrace(PTRACE_CONT, 7, NULL, 0) = 0

      """
  static let leave =
    approach + """
      10:00:00.001020 wait4(-1, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGTRAP}], __WALL, NULL) = 7
      10:00:00.001021 ptrace(PTRACE_POKEUSER, 7, offsetof(struct user, u_debugreg)+56, NULL) = 0
      10:00:00.001022 ptrace(PTRACE_SYSCALL, 7, NULL, 0) = 0
      10:00:00.001023 wait4(-1, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGTRAP | 0x80}], __WALL, NULL) = 7
      10:00:00.001024 ptrace(PTRACE_GETREGSET, 7, NT_PRSTATUS, {iov_base={orig_rax=0xf, rip=0x2002, ...}, iov_len=216}) = 0
      10:00:00.001025 ptrace(PTRACE_SYSCALL, 7, NULL, 0) = 0

      """
  static let exit =
    leave + """
      10:00:00.001026 wait4(7, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGTRAP | 0x80}], __WALL, NULL) = 7

      """
  static let detach = "10:00:00.002000 ptrace(PTRACE_DETACH, 7, NULL, 0) = 0\n"
  static let gone =
    "10:00:00.002000 ptrace(PTRACE_DETACH, 7, NULL, 0) = -1 ESRCH (No such process)\n10:00:00.003000 +++ exited with 1 +++\n"
  static let end = "10:00:00.003000 +++ exited with 0 +++\n"

  static func stop(_ signal: String) -> String {
    "10:00:00.001020 wait4(-1, [{WIFSTOPPED(s) && WSTOPSIG(s) == \(signal)}], __WALL, NULL) = 7\n"
  }

  static func error(_ words: String) -> String {
    "(00.010000) Error (compel/src/lib/infect.c:1): \(words)\n(00.011000) Error (criu/cr-dump.c:2): Dumping FAILED.\n"
  }

  static let traced = """
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
  static let arm64 =
    interrupt + """
      10:00:00.001010 ptrace(PTRACE_GETREGSET, 7, NT_ARM_HW_BREAK, {iov_base=0xffffd1, iov_len=104}) = 0
      10:00:00.001011 ptrace(PTRACE_SETREGSET, 7, NT_ARM_HW_BREAK, {iov_base=0xffffd1, iov_len=24}) = 0
      10:00:00.001012 ptrace(PTRACE_SETSIGMASK, 7, 8, ~[TRAP]) = 0
      10:00:00.001013 ptrace(PTRACE_CONT, 7, NULL, 0) = 0

      """
  static let arm64Leave = """
    10:00:00.001020 wait4(-1, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGTRAP}], __WALL, NULL) = 7
    10:00:00.001021 ptrace(PTRACE_SETREGSET, 7, NT_ARM_HW_BREAK, {iov_base=0xffffd1, iov_len=24}) = 0
    10:00:00.001022 ptrace(PTRACE_SYSCALL, 7, NULL, 0) = 0
    10:00:00.001023 wait4(-1, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGTRAP | 0x80}], __WALL, NULL) = 7
    10:00:00.001024 ptrace(PTRACE_GETREGSET, 7, NT_PRSTATUS, {iov_base={regs=[0x1, ...], sp=0x1, pc=0x2, pstate=0}, iov_len=272}) = 0
    10:00:00.001025 ptrace(PTRACE_SYSCALL, 7, NULL, 0) = 0
    10:00:00.001026 wait4(7, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGTRAP | 0x80}], __WALL, NULL) = 7

    """
}
