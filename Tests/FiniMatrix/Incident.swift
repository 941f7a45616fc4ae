import FiniEngine
import FiniModel
import FiniTestSupport

/// A column of the matrix: what happens at a boundary between two calls of the tracer.
struct Incident: Sendable {
  /// What it is aimed at, and so what the outcome must be.
  enum Nature: Sendable {
    /// The victim: the cure must finish nevertheless, and the victim must be as its twin.
    case ofTheVictim
    /// The victim starts another program: the old program is gone.
    case replacesTheVictim
    /// The recorder is asked to end: the victim must be as if nothing had happened.
    case endsTheRecorder(Int32)
    /// The parasite's socket.
    case ofTheSocket(Doors.Meddling)
    /// The recorder is killed by SIGKILL: the victim must be as if nothing had happened.
    case killsTheRecorder
    /// The write to DR7 has no effect, from this boundary on.
    case losesTheBreakpoint
  }

  /// Its name in the table and on the command line.
  var name: String
  /// Its description, for the table.
  var words: String
  /// What every victim is told to do with the signal; victims with a handler of their own keep it.
  var orders: [String] = []
  var nature = Nature.ofTheVictim
  /// What is done to the process; the given thread is the one that is cured.
  var act: @Sendable (_ process: Int32, _ thread: Int32) -> Void = { _, _ in }
  /// What CRIU 4.2 does when this happens at the worst moment.
  var criu: String

  /// Whether it is several signals, which may come one by one or together.
  var isSeveral = false

  /// Whether it can happen to a victim under a strategy, with an outcome that is certain.
  func applies(to guest: Guest, _ strategy: FiniStrategy) -> Bool {
    if isSeveral, guest.isDisturbed { return false }
    // They wait in a handler of SIGUSR1, and could not if SIGUSR1 were blocked.
    if name == "usr1-blocked", ["in-handler", "on-altstack"].contains(guest.name) { return false }
    // It sets a mask that does not block the helper's orders, and they end its wait.
    if orders.contains("helper"), guest.name == "busy" { return false }
    // They can't make threads or be started again; a child has no helper.
    if orders.contains("helper"),
      guest.name.hasPrefix("seccomp")
        || ["dead-leader", "no-room", "may-not-map", "own-segment"].contains(guest.name)
        || guest.isParent
    {
      return false
    }
    // It reads its arguments from a file, but can't open one.
    if name == "execve", guest.name == "no-descriptors" { return false }
    // A timer survives the execve, the handler of its signal does not. Chance decides when it
    // fires.
    if name == "execve", guest.name == "timers" { return false }
    // Chance decides whether a helper gets to it before the stop.
    if orders.contains("helper"), guest.name == "stopped" { return false }
    if case .losesTheBreakpoint = nature { return strategy.needsBreakpoints }
    return true
  }

  private static func kill(_ signal: Int32) -> @Sendable (Int32, Int32) -> Void {
    { process, _ in Doors.kill(process, signal) }
  }

  private static func tgkill(_ signal: Int32) -> @Sendable (Int32, Int32) -> Void {
    { process, thread in Doors.tgkill(process, thread, signal) }
  }

  /// All of them.
  static let all: [Incident] =
    signals + stops + traps + [
      Incident(
        name: "kill", words: "SIGKILL to the victim", act: kill(9),
        criu: "fails, and says what it waited for"),
      Incident(
        name: "thread-made", words: "another thread makes a thread", orders: ["helper"],
        act: kill(60), criu: "not tried"),
      Incident(
        name: "thread-ended", words: "another thread makes a thread, which ends",
        orders: ["helper"], act: kill(61), criu: "not tried"),
      Incident(
        name: "execve", words: "another thread calls execve", orders: ["helper"],
        nature: .replacesTheVictim, act: kill(62), criu: "not tried"),
      Incident(
        name: "recorder-killed", words: "kill -9 of the recorder", nature: .killsTheRecorder,
        criu: """
          with DR7 armed: the victim is killed by SIGTRAP (H); with its text patched: runs on with \
          corrupted text (J); else it cures itself, the blob stays (I)
          """),
      Incident(
        name: "ctrl-c", words: "SIGINT (Ctrl-C) to the recorder", nature: .endsTheRecorder(2),
        criu: "dies at once: as for kill -9"),
      Incident(
        name: "term", words: "SIGTERM to the recorder", nature: .endsTheRecorder(15),
        criu: "dies at once: as for kill -9"),
      Incident(
        name: "socket-shut", words: "the parasite's socket is shut", nature: .ofTheSocket(.shut),
        criu: "not tried"),
      Incident(
        name: "socket-rubbish", words: "the parasite's socket answers rubbish",
        nature: .ofTheSocket(.rubbish), criu: "not tried"),
      Incident(
        name: "breakpoint-lost", words: "the write to DR7 has no effect",
        nature: .losesTheBreakpoint, criu: "hangs without a deadline (G)"),
    ]

  private static let signals = [
    Incident(
      name: "usr1", words: "SIGUSR1, default action: it ends the victim", act: kill(10),
      criu: "exit status 0, delivered after the detach (K)"),
    Incident(
      name: "usr1-handled", words: "SIGUSR1 with a handler", orders: ["handle:10"],
      act: kill(10), criu: "exit status 0, delivered after the detach (K)"),
    Incident(
      name: "usr1-to-thread", words: "SIGUSR1 by tgkill, with a handler", orders: ["handle:10"],
      act: tgkill(10), criu: "exit status 0, delivered after the detach (K)"),
    Incident(
      name: "usr1-blocked", words: "SIGUSR1, blocked", orders: ["handle:10", "block:10"],
      act: kill(10), criu: "stays pending"),
    Incident(
      name: "usr1-ignored", words: "SIGUSR1, ignored", orders: ["ignore:10"], act: kill(10),
      criu: "no effect"),
    Incident(
      name: "segv", words: "SIGSEGV by kill, default action: it ends the victim", act: kill(11),
      criu: "exit status 0, delivered after the detach (K)"),
    Incident(
      name: "segv-handled", words: "SIGSEGV by kill, with a handler", orders: ["handle:11"],
      act: kill(11), criu: "exit status 0, delivered after the detach (K)"),
    Incident(
      name: "real-time", words: "a real-time signal, queued three times", orders: ["handle:40"],
      act: { process, _ in for value: Int32 in 1...3 { Doors.queue(process, 40, value: value) } },
      criu: "exit status 0, delivered after the detach (K)", isSeveral: true),
    Incident(
      name: "real-time-blocked", words: "the same, blocked", orders: ["handle:40", "block:40"],
      act: { process, _ in for value: Int32 in 1...3 { Doors.queue(process, 40, value: value) } },
      criu: "stays pending"),
  ]

  private static let stops = [
    Incident(
      name: "stop", words: "SIGSTOP", act: kill(19),
      criu: """
        in fini: exit status 1, and the victim is killed by SIGTRAP (A; lives with breakpoints off, \
        the stop lost and the blob left, A'); before fini: exit status 0 and the stop lost (D); in \
        the infection: exit status 1 and the stop lost (F)
        """),
    Incident(
      name: "stop-continue", words: "SIGSTOP, then SIGCONT",
      act: { process, _ in
        Doors.kill(process, 19)
        Doors.kill(process, 18)
      }, criu: "as SIGSTOP or SIGCONT, whichever it sees", isSeveral: true),
    Incident(
      name: "tstp", words: "SIGTSTP", act: kill(20),
      criu: "exit status 0, delivered after the detach (K)"),
    Incident(
      name: "tstp-handled", words: "SIGTSTP with a handler", orders: ["handle:20"],
      act: kill(20), criu: "exit status 0, delivered after the detach (K)"),
    Incident(
      name: "cont", words: "SIGCONT", act: kill(18),
      criu: """
        in fini: taken for the breakpoint, exit status 0, 54 calls in place of 14 (C); in the \
        infection: exit status 1 (E)
        """),
    Incident(
      name: "cont-handled", words: "SIGCONT with a handler", orders: ["handle:18"],
      act: kill(18), criu: "the same"),
  ]

  private static let traps = [
    Incident(
      name: "trap", words: "SIGTRAP by kill, default action: it ends the victim", act: kill(5),
      criu: "taken for the breakpoint and swallowed, exit status 0 (B)"),
    Incident(
      name: "trap-handled", words: "SIGTRAP by kill, with a handler", orders: ["handle:5"],
      act: kill(5), criu: "the same (B)"),
    Incident(
      name: "trap-to-thread", words: "SIGTRAP by tgkill, with a handler", orders: ["handle:5"],
      act: tgkill(5), criu: "the same (B)"),
  ]
}
