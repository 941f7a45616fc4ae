import FiniModel

/// A known difference. Any other difference fails the run, and so does a limit that no cell met
/// when every boundary was run.
struct Limit: Sendable {
  /// Incidents by name.
  var incidents: Set<String>
  /// Victims by title; empty for all.
  var guests: Set<String> = []
  /// Strategies; empty for all.
  var strategies: Set<FiniStrategy> = []
  /// A word that one of the differences must have, so that the limit covers nothing else.
  var sign: String = ""
  /// When it happens, and what happens.
  var steps: String
  /// Why.
  var reason: String

  /// Whether it is about a cell.
  func covers(_ cell: Cell) -> Bool {
    incidents.contains(cell.incident.name)
      && (guests.isEmpty || guests.contains(cell.guest.title))
      && (strategies.isEmpty || strategies.contains(cell.strategy))
  }

  /// Whether it is about these differences.
  func excuses(_ problems: [String]) -> Bool {
    sign.isEmpty || problems.contains { $0.contains(sign) }
  }

  /// The limits of a cell, by their indices among all.
  static func covering(_ cell: Cell) -> [Int] { all.indices.filter { all[$0].covers(cell) } }

  /// Victims that wait in a call with a restart block.
  static let restarting: Set<String> = [
    "sleeping-600", "futex-timeout-600", "blocked-in-poll-600000", "sleeping-32-600",
  ]

  /// All of them.
  static let all: [Limit] = [
    Limit(
      incidents: ["recorder-killed"], guests: ["stopped"],
      steps: "from the first remote call on: the infection stays until SIGCONT",
      reason: """
        a stopped process doesn't run, and it is the task itself that walks back over the bridge; \
        repair finds it on its way and lets it be
        """),
    Limit(
      incidents: ["breakpoint-lost"], guests: ["stopped"],
      steps:
        "at every step: it runs its own code until the loss is noticed, and is stopped again then",
      reason: "a stop of the process doesn't hold a task that its tracer has let run"),
    Limit(
      incidents: ["stop", "tstp"], guests: ["epoll", "sigwait"], sign: "eintr",
      steps:
        "between the writing of its registers and PTRACE_DETACH: the wait goes on without EINTR",
      reason:
        "what the kernel does with the call is decided by the registers, and those are written"),
    Limit(
      incidents: ["recorder-killed"], guests: ["seccomp-strict", "seccomp-filter"],
      sign: "it ended",
      steps: """
        from the registers of the mmap to the exit of rt_sigreturn (`direct`: to the stop in the park), \
        and from those of the munmap to its exit
        """,
      reason: """
        seccomp is suspended for as long as there is a tracer, and each call that leads the task back is \
        one that its filter may answer with death
        """),
    Limit(
      incidents: ["recorder-killed"], guests: Limit.restarting,
      strategies: [.breakpoint, .breakpointAfter, .syscall], sign: "-1 4",
      steps: "rt_sigreturn was entered and is not cancelled yet",
      reason: "it forgets how the interrupted wait goes on: EINTR"),
    Limit(
      incidents: ["recorder-killed"], guests: ["epoll", "sigwait"], sign: "eintr",
      steps: "from the first stop until the registers are written",
      reason: "the kernel ends these waits with EINTR at any stop"),
    Limit(
      incidents: ["recorder-killed"], strategies: [.breakpoint, .breakpointAfter], sign: "it ended",
      steps: "the breakpoint has fired and wait4 has not taken the stop",
      reason: "the kernel delivers the SIGTRAP of a stop that no tracer took (Decisions/0010)"),
    Limit(
      incidents: ["recorder-killed"], guests: ["steps-itself"], sign: "eflags: 202, expected 302",
      steps: "from the registers of the first remote call on: it goes on without stepping",
      reason: "the bridge leaves out TF, whose trap would kill there (Decisions/0026)"),
    Limit(
      incidents: ["recorder-killed"], guests: ["steps-itself"],
      strategies: [.breakpoint, .breakpointAfter], sign: "si_code 4",
      steps: "a breakpoint fires that no tracer takes: the handler of SIGTRAP gets it",
      reason: "it handles what ends the others (Decisions/0010); the guard disarms it"),
    Limit(
      incidents: ["recorder-killed"], guests: ["dispatches"], sign: "wrong",
      steps:
        "between the switching off of Syscall User Dispatch and the bridge, and after rt_sigreturn",
      reason: "no code of ours gives the setting back there; the guard does (Decisions/0027)"),
    Limit(
      incidents: ["breakpoint-lost"], guests: Limit.restarting,
      steps: "at every step",
      reason: "rt_sigreturn that is not stopped forgets how the interrupted wait goes on: EINTR"),
    Limit(
      incidents: ["real-time"], strategies: [.breakpointAfter],
      sign: "signal 40",
      steps: "while the signals are blocked: the first of three comes last",
      reason: "it comes between rt_sigreturn and the breakpoint, and is queued anew"),
    Limit(
      incidents: ["real-time-blocked"], guests: ["busy", "restartable"],
      strategies: [.breakpointAfter], sign: "signal 40",
      steps: "the same, since these do not keep the signal blocked",
      reason: "it comes between rt_sigreturn and the breakpoint, and is queued anew"),
  ]
}
