extension VictimFacts {
  /// Every victim, simple ones first.
  package static let all: [VictimFacts] =
    waiting + signalled + busy + confined + exhausted + in32Bit

  /// The victim of that name. A name without a victim is a programming error.
  package static func named(_ description: String) -> VictimFacts {
    guard let facts = all.first(where: { $0.description == description }) else {
      preconditionFailure("there is no victim \(description)")
    }
    return facts
  }

  /// Those that wait in a system call.
  static let waiting: [VictimFacts] = [
    VictimFacts(name: "blocked-in-read", health: .echo()),
    VictimFacts(name: "epoll", health: .echo(), saysEachLook: true),
    VictimFacts(name: "sigwait", health: .echo(), saysEachLook: true),
    VictimFacts(name: "signalfd", health: .echo()),
    VictimFacts(
      name: "sleeping", arguments: ["0.5"], health: .reports(prefix: "slept 0 0 "),
      obstacle: .restartBlock),
    VictimFacts(
      name: "blocked-in-poll", arguments: ["500"], health: .reports(prefix: "poll 0 0 "),
      obstacle: .restartBlock),
    VictimFacts(
      name: "futex-timeout", arguments: ["0.5"], health: .reports(prefix: "futex -1 110 "),
      obstacle: .restartBlock),
    VictimFacts(name: "many-maps", health: .echo()),
    VictimFacts(name: "many-threads", health: .echo()),
    VictimFacts(name: "dead-leader", patient: .lastThread, health: .echo()),
    VictimFacts(name: "stopped", rest: "T", health: .silent),
  ]

  /// Victims with signals that could be lost.
  static let signalled: [VictimFacts] = [
    VictimFacts(name: "counts-usr1", health: .answer(to: "count", "count 0")),
    VictimFacts(name: "blocks-usr1", health: .answer(to: "count", "count 0")),
    VictimFacts(
      name: "pending-blocked", health: .answer(to: "show", "pending 0000000000000200")),
    VictimFacts(
      name: "ignores-trap", health: .answer(to: "show", "trap ign"), obstacle: .trapIgnored),
    VictimFacts(
      name: "handles-trap-blocked", health: .answer(to: "show", "trap handler blocked"),
      obstacle: .trapBlocked),
    VictimFacts(
      name: "pending-trap", health: .answer(to: "show", "pending 0000000000000010 handled 0"),
      obstacle: .trapPending),
    VictimFacts(name: "on-altstack", health: .echo()),
    VictimFacts(name: "in-handler", health: .echo()),
    VictimFacts(name: "audit", health: .silent),
    VictimFacts(name: "timers", isStill: false, health: .timers, isSignalled: true),
  ]

  /// Victims that never rest, or whose registers are full.
  static let busy: [VictimFacts] = [
    VictimFacts(
      name: "busy", rest: "R", isStill: false, health: .onSignal(12, prefix: "turns ")),
    VictimFacts(
      name: "restartable", rest: "R", isStill: false, health: .onSignal(12, prefix: "turns ")),
    VictimFacts(
      name: "forks", isStill: false, health: .onSignal(12, prefix: "forks "),
      isSignalled: true),
    VictimFacts(
      name: "forks-all-the-time", isStill: false, health: .endsWell, isSignalled: true),
    VictimFacts(name: "holds-vectors", health: .echo(adding: " \(House.vectorWidth)")),
    VictimFacts(name: "holds-state", health: .echo()),
    VictimFacts(name: "holds-state", arguments: ["no-tiles"], health: .echo()),
    VictimFacts(
      name: "repeats", rest: "R", isStill: false, health: .onSignal(12, prefix: "turns ")),
    VictimFacts(
      name: "repeats", arguments: ["mask"], rest: "R", isStill: false,
      health: .onSignal(12, prefix: "turns ")),
    VictimFacts(name: "holds-flags", health: .echo()),
    VictimFacts(
      name: "holds-flags", arguments: ["spins"], rest: "R", isStill: false,
      health: .onSignal(12, prefix: "turns ")),
    VictimFacts(name: "steps-itself", health: .echo()),
    VictimFacts(
      name: "own-segment", health: .echo(), outcome: .told("a segment of its own")),
  ]

  /// Victims with restrictions, or in other namespaces.
  static let confined: [VictimFacts] = [
    VictimFacts(name: "seccomp-strict", health: .echo(), need: .root),
    VictimFacts(name: "seccomp-filter", health: .echo(), need: .root),
    VictimFacts(name: "dispatches", health: .echo(), obstacle: .userDispatch, need: .kernel),
    VictimFacts(
      name: "dispatches", arguments: ["inclusive"], health: .echo(), obstacle: .userDispatch,
      need: .kernel),
    VictimFacts(name: "not-dumpable", health: .echo(), need: .root),
    VictimFacts(name: "in-namespaces", patient: .onlyChild, health: .echo(), need: .root),
    VictimFacts(
      name: "noexec-memfd", arguments: ["1"], patient: .onlyChild, health: .echo(), need: .root),
    VictimFacts(
      name: "noexec-memfd", arguments: ["2"], patient: .onlyChild, health: .echo(), need: .root),
  ]

  /// Victims that run 32-bit code: some are like their 64-bit twins.
  static let in32Bit: [VictimFacts] =
    (waiting + signalled + busy + confined + exhausted)
    .filter { twins32.contains($0.name) }
    .map { twin in
      var facts = twin
      facts.name += "-32"
      facts.need = .i386
      return facts
    } + [
      VictimFacts(
        name: "spins-32", rest: "R", isStill: false, health: .onSignal(12, prefix: "turns "),
        need: .i386),
      VictimFacts(name: "in-32-bit-code", health: .echo(), need: .i386),
      VictimFacts(name: "in-64-bit-code-32", health: .echo(), need: .i386),
    ]
  private static let twins32: Set<String> = [
    "audit", "blocked-in-poll", "blocked-in-read", "blocks-usr1", "counts-usr1", "epoll",
    "futex-timeout", "handles-trap-blocked", "holds-flags", "many-threads", "no-descriptors",
    "on-altstack", "pending-blocked", "signalfd", "sigwait", "sleeping", "stopped",
  ]

  /// Victims that have run out of something that a cure needs.
  static let exhausted: [VictimFacts] = [
    // The packets go through the shared memory then.
    VictimFacts(name: "no-descriptors", health: .echo()),
    VictimFacts(
      name: "no-room", arguments: ["limit"], health: .echo(), outcome: .told("RLIMIT_AS")),
    VictimFacts(
      name: "no-room", arguments: ["space"], health: .echo(),
      outcome: .told("no gap")),
    VictimFacts(
      name: "no-room", arguments: ["maps"], health: .echo(), outcome: .told("vm.max_map_count")),
    VictimFacts(
      name: "vfork-parent", arguments: ["3"], rest: "D", health: .silent,
      outcome: .told("state D")),
  ]
}
