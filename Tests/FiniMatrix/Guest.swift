import FiniTestSupport

/// A row of the matrix: one of Tests/Victims, and how the matrix talks to it.
struct Guest: Sendable {
  /// The program.
  var name: String
  var arguments: [String] = []
  /// The letters of its state when it is not disturbed.
  var rest: Set<Character> = ["S"]
  /// What it is asked at the end; it must answer the same as its twin.
  var dialogue: [String] = []
  /// Whether it is asked by SIGUSR2 instead.
  var isAskedBySignal = false
  /// Whether it runs its own code all the time. Then its registers are never the same, and it
  /// checks them itself.
  var isMoving = false
  /// Whether a handler ends the call in which it waits with EINTR. Chance decides how many of
  /// several signals come before it waits again.
  var isDisturbed = false
  /// Which of its threads is cured; the leader is the first.
  var thread = 0
  /// Whether its only child is cured: only a child is in a new pid namespace.
  var isParent = false
  /// The message of a cure if it can't be made.
  var refusal: String?

  /// Whether several of its threads write lines, in any order.
  var hasManyVoices: Bool { name.hasPrefix("many-threads") }

  /// Whether the number of calls differs between its cures: its own signals come between, or its
  /// parasite has no socket and yields until it may write.
  var variesInCalls: Bool { isMoving || name == "no-descriptors" }

  /// Its name in the table and on the command line.
  var title: String {
    ([name] + arguments).joined(separator: "-") + (thread > 0 ? "-thread-\(thread)" : "")
  }

  /// All of them.
  static let all: [Guest] = in64Bit + (House.builds32Bit ? in32Bit : [])

  /// Victims of Tests/Victims that can't be in a row of the matrix, or in a pair of the torture,
  /// and why.
  static let excluded: [(names: [String], reason: String)] = [
    (
      ["execs", "execs-itself"],
      "each execve takes away whatever an event has changed, and when the next one comes is luck (ExecTests,"
        + " TreeTimeTests)"
    ),
    (
      ["no-restart"],
      "its filter kills it after any stop, so it can't be looked at (NoRestartTests puts signals before each"
        + " call)"
    ),
  ]

  /// Those that run 32-bit code.
  private static let in32Bit: [Guest] = [
    Guest(name: "blocked-in-read-32", dialogue: ["on"]),
    Guest(name: "audit-32", dialogue: ["audit"]),
    Guest(name: "sleeping-32", arguments: ["600"], isDisturbed: true),
    Guest(name: "blocks-usr1-32", dialogue: ["count", "unblock", "count"]),
    Guest(name: "in-32-bit-code", dialogue: ["on"]),
    Guest(name: "in-64-bit-code-32", dialogue: ["on"]),
  ]

  private static let in64Bit: [Guest] = [
    Guest(name: "blocked-in-read", dialogue: ["on"]),
    Guest(name: "audit", dialogue: ["audit"]),
    Guest(name: "sleeping", arguments: ["600"], isDisturbed: true),
    Guest(name: "futex-timeout", arguments: ["600"], isDisturbed: true),
    Guest(name: "blocked-in-poll", arguments: ["600000"], isDisturbed: true),
    Guest(name: "epoll", dialogue: ["on"], isDisturbed: true),
    Guest(name: "sigwait", dialogue: ["on"], isDisturbed: true),
    Guest(name: "signalfd", dialogue: ["on"]),
    Guest(name: "in-handler", dialogue: ["on"]),
    Guest(name: "holds-vectors", dialogue: ["on"]),
    Guest(name: "holds-state", dialogue: ["on"]),
    Guest(name: "pending-trap", dialogue: ["show", "unblock"]),
    Guest(name: "seccomp-strict", dialogue: ["on"]),
    Guest(name: "seccomp-filter", dialogue: ["on"]),
    Guest(name: "dispatches", dialogue: ["on"]),
    Guest(name: "not-dumpable", dialogue: ["on"]),
    Guest(name: "dead-leader", rest: ["Z"], dialogue: ["on"], thread: 1),
    Guest(name: "on-altstack", dialogue: ["on"]),
    Guest(name: "pending-blocked", dialogue: ["show", "take"]),
    Guest(name: "blocks-usr1", dialogue: ["count", "unblock", "count"]),
    Guest(name: "ignores-trap", dialogue: ["show"]),
    Guest(name: "handles-trap-blocked", dialogue: ["show", "count"]),
    Guest(name: "many-maps", arguments: ["200"], dialogue: ["on"]),
    Guest(name: "many-threads", arguments: ["16"], dialogue: ["on"]),
    Guest(name: "many-threads", arguments: ["16"], dialogue: ["on"], thread: 3),
    Guest(name: "stopped", rest: ["T"], dialogue: ["on"]),
    Guest(name: "busy", rest: ["R"], isAskedBySignal: true, isMoving: true),
    Guest(name: "repeats", rest: ["R"], isAskedBySignal: true, isMoving: true),
    Guest(name: "restartable", rest: ["R"], isAskedBySignal: true, isMoving: true),
    Guest(name: "timers", dialogue: ["turns"], isMoving: true, isDisturbed: true),
    Guest(name: "forks", rest: ["R", "S"], isAskedBySignal: true, isMoving: true),
    Guest(name: "in-namespaces", dialogue: ["on"], isParent: true),
    Guest(name: "noexec-memfd", arguments: ["2"], dialogue: ["on"], isParent: true),
    Guest(name: "holds-flags", dialogue: ["on"]),
    Guest(name: "steps-itself", dialogue: ["on"]),
    Guest(name: "many-vforks", arguments: ["3"], dialogue: ["on"]),
    Guest(name: "kernel-made-workers", dialogue: ["on", "go"]),
    Guest(name: "no-descriptors", dialogue: ["on"]),
    Guest(
      name: "own-segment", dialogue: ["on"], refusal: "a segment of its own"),
    Guest(
      name: "may-not-map", arguments: ["mdwe"], dialogue: ["on"], refusal: "PR_SET_MDWE"),
    Guest(
      name: "may-not-map", arguments: ["locked"], dialogue: ["on"], refusal: "RLIMIT_MEMLOCK"),
    Guest(name: "no-room", arguments: ["limit"], dialogue: ["on"], refusal: "RLIMIT_AS"),
    Guest(name: "no-room", arguments: ["space"], dialogue: ["on"], refusal: "no gap"),
  ]
}
