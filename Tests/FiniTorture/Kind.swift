import FiniTestSupport

/// One of Tests/Victims: which signals it may get, and how it shows that it works.
struct Kind: Sendable {
  /// How it is asked.
  enum Dialogue: Sendable {
    /// Echoes each line.
    case echo
    /// Counts signals; the values of those sent by sigqueue(3) are added up too.
    case count(queued: Bool)
    /// Prints one line that must be equal to the twin's.
    case word(String)
    /// Prints everything that it knows about itself; must be the same as at first.
    case audit
    /// On SIGUSR2 it prints its progress.
    case turns
    /// Prints by itself how each wait ended.
    case waits(result: String, milliseconds: Double)
    /// Can't answer where it is.
    case silent
  }

  /// The program.
  var name: String
  var arguments: [String] = []
  /// The letter of its state when it is not disturbed.
  var rest: Character = "S"
  /// What it may be sent, besides signals that no program notices.
  var signals: [Int32] = []
  var dialogue: Dialogue
  /// Whether it waits in the same system call all the time.
  var isStill = true
  /// Whether any of its threads may be the one that is cured.
  var curesThreads = false
  /// Whether epoll_wait and sigwaitinfo may end with EINTR: any stop ends them, see signal(7).
  var mayBeInterrupted = false

  /// All of them, except those that can't be cured, that must not be stopped (`no-restart`; each task
  /// of a pair is read by a tracer, so also `kernel-made-workers`), or that are never twice the same
  /// (`execs`, `execs-itself`).
  static let all: [Kind] = in64Bit + (House.builds32Bit ? in32Bit : [])

  private static let in64Bit: [Kind] = [
    Kind(name: "blocked-in-read", dialogue: .echo),
    Kind(name: "counts-usr1", signals: [10], dialogue: .count(queued: false)),
    Kind(name: "counts", arguments: ["10"], signals: [10], dialogue: .count(queued: false)),
    Kind(name: "counts", arguments: ["5"], signals: [5], dialogue: .count(queued: false)),
    Kind(name: "counts", arguments: ["40"], signals: [40], dialogue: .count(queued: true)),
    Kind(name: "blocks-usr1", signals: [10], dialogue: .word("count")),
    Kind(name: "pending-blocked", signals: [10], dialogue: .word("show")),
    Kind(name: "ignores-trap", signals: [5], dialogue: .word("show")),
    Kind(name: "handles-trap-blocked", signals: [5], dialogue: .word("show")),
    Kind(name: "on-altstack", signals: [10], dialogue: .echo),
    Kind(name: "epoll", dialogue: .echo, mayBeInterrupted: true),
    Kind(name: "sigwait", dialogue: .echo, mayBeInterrupted: true),
    Kind(name: "signalfd", dialogue: .echo),
    Kind(name: "in-handler", signals: [10], dialogue: .echo),
    Kind(name: "holds-vectors", dialogue: .word("on")),
    Kind(name: "holds-state", dialogue: .echo),
    Kind(name: "seccomp-strict", dialogue: .echo),
    Kind(name: "seccomp-filter", dialogue: .echo),
    Kind(name: "dispatches", dialogue: .echo),
    Kind(name: "not-dumpable", dialogue: .echo),
    Kind(name: "audit", signals: [10, 13], dialogue: .audit),
    Kind(name: "many-maps", arguments: ["200"], dialogue: .echo),
    Kind(name: "stopped", rest: "T", dialogue: .silent),
    Kind(name: "busy", rest: "R", signals: [12], dialogue: .turns, isStill: false),
    Kind(name: "repeats", rest: "R", signals: [12], dialogue: .turns, isStill: false),
    Kind(name: "holds-flags", dialogue: .echo),
    Kind(name: "steps-itself", dialogue: .echo),
    Kind(name: "many-vforks", arguments: ["3"], dialogue: .echo),
    Kind(name: "restartable", rest: "R", signals: [12], dialogue: .turns, isStill: false),
    Kind(
      name: "many-threads", arguments: ["6"], dialogue: .echo, curesThreads: true,
      mayBeInterrupted: true),
    Kind(name: "sleeping", arguments: ["600"], dialogue: .silent),
    Kind(name: "futex-timeout", arguments: ["600"], dialogue: .silent),
    Kind(name: "blocked-in-poll", arguments: ["600000"], dialogue: .silent),
    Kind(
      name: "sleeping", arguments: ["0.02"], dialogue: .waits(result: "0 0", milliseconds: 20),
      isStill: false),
    Kind(
      name: "futex-timeout", arguments: ["0.02"],
      dialogue: .waits(result: "-1 110", milliseconds: 20), isStill: false),
    Kind(
      name: "blocked-in-poll", arguments: ["20"],
      dialogue: .waits(result: "0 0", milliseconds: 20), isStill: false),
  ]

  /// Those that run 32-bit code.
  private static let in32Bit: [Kind] = [
    Kind(name: "blocked-in-read-32", dialogue: .echo),
    Kind(name: "counts-32", arguments: ["10"], signals: [10], dialogue: .count(queued: false)),
    Kind(name: "counts-32", arguments: ["5"], signals: [5], dialogue: .count(queued: false)),
    Kind(name: "counts-32", arguments: ["40"], signals: [40], dialogue: .count(queued: true)),
    Kind(name: "blocks-usr1-32", signals: [10], dialogue: .word("count")),
    Kind(name: "on-altstack-32", signals: [10], dialogue: .echo),
    Kind(name: "epoll-32", dialogue: .echo, mayBeInterrupted: true),
    Kind(name: "sigwait-32", dialogue: .echo, mayBeInterrupted: true),
    Kind(name: "audit-32", signals: [10, 13], dialogue: .audit),
    Kind(name: "stopped-32", rest: "T", dialogue: .silent),
    Kind(name: "spins-32", rest: "R", signals: [12], dialogue: .turns, isStill: false),
    Kind(
      name: "many-threads-32", arguments: ["6"], dialogue: .echo, curesThreads: true,
      mayBeInterrupted: true),
    Kind(name: "sleeping-32", arguments: ["600"], dialogue: .silent),
    Kind(
      name: "sleeping-32", arguments: ["0.02"], dialogue: .waits(result: "0 0", milliseconds: 20),
      isStill: false),
    Kind(
      name: "futex-timeout-32", arguments: ["0.02"],
      dialogue: .waits(result: "-1 110", milliseconds: 20), isStill: false),
    Kind(
      name: "blocked-in-poll-32", arguments: ["20"],
      dialogue: .waits(result: "0 0", milliseconds: 20), isStill: false),
    Kind(name: "in-32-bit-code", dialogue: .echo),
    Kind(name: "in-64-bit-code-32", dialogue: .echo),
  ]

  /// The program with its arguments, for reports.
  var title: String { ([name] + arguments).joined(separator: " ") }
}
