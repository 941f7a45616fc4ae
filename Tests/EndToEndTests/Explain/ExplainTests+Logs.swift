import Foundation

extension ExplainTests {
  /// What a tracer's log, or the kernel's, tells alone.
  static let logsAlone: [Case] = [
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
      name: "something new", log: error("the moon is full"), cause: "tracer-error"),
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
      log: "(00.000001) Version: 3.12 (gitid 0)\n" + traced
        + "(00.900000) Dumping finished successfully\n", cause: nil),
    Case(
      name: "more calls than one, by an unknown version", log: traced, cause: "false-breakpoint",
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
  ]
}
