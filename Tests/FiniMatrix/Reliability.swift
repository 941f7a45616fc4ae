import FiniModel

/// The text of docs/Reliability.md. It does not depend on when or where the run was.
struct Reliability {
  let lines: [Line]

  /// Limits that no cell of the run met.
  var idleLimits: [Limit] {
    let met = lines.reduce(into: Set<Int>()) { $0.formUnion($1.limits) }
    return Limit.all.indices.filter { !met.contains($0) }.map { Limit.all[$0] }
  }

  private var cells: [(Cell, Line)] {
    lines.compactMap { line in
      guard let guest = Guest.all.first(where: { $0.title == line.guest }),
        let incident = Incident.all.first(where: { $0.name == line.incident }),
        let strategy = FiniStrategy(name: line.strategy)
      else { return nil }
      return (Cell(guest: guest, incident: incident, strategy: strategy), line)
    }
  }

  /// The whole text.
  var text: String {
    ([Reliability.head] + table + [""] + excluded + ["", "## Known limits", ""] + limits
      + ["", Reliability.middle] + criu + ["", Reliability.tail]).joined(separator: "\n") + "\n"
  }

  private static let head = """
    # Reliability

    What was done to a victim, its tracer and the parasite at every boundary between two calls of the
    tracer, from before PTRACE_SEIZE to after PTRACE_DETACH, and what came of it. Written by
    `tools/matrix --report docs/Reliability.md`.

    A cell is one victim (Tests/Victims), one event and one strategy. Each of its boundaries has a fresh
    victim. Afterwards it must be as an untouched twin that met the same event: registers, extended
    state, signal mask, actions, pending signals with their siginfo, debug registers, mappings, the
    bytes of its code, descriptors, timers, credentials, the call it waits in, how it ended, and every
    line it says when it is asked. The recorder must have told the truth, left no descriptor open, and
    numbered its events without a hole; every eighth run is read back from the file and counted.

    `tools/matrix` runs a spread in which each boundary of an event and a strategy is met by one of the
    victims; `tools/matrix --all` runs all boundaries of all cells.

    ## Events and victims

    Cells that are as they must be, of those there are, over the strategies. A `-` marks what does not
    apply: a program that cannot make threads, or whose wait a handler ends with EINTR and that is sent
    several signals (how many come before it waits again is luck), and a lost breakpoint where none is
    used.

    """

  private var table: [String] {
    let events = Incident.all.enumerated().map { "\($0.offset + 1)" }
    var rows = ["| victim | " + events.joined(separator: " | ") + " |"]
    rows.append("|---|" + String(repeating: "---|", count: events.count))
    for guest in Guest.all {
      let row = Incident.all.map { incident in
        let found = lines.filter { $0.guest == guest.title && $0.incident == incident.name }
        let good = found.filter {
          $0.failed == 0 && Limit.covering(cell($0, guest, incident)).isEmpty
        }
        return found.isEmpty ? "-" : "\(good.count)/\(found.count)"
      }
      rows.append("| \(guest.title) | " + row.joined(separator: " | ") + " |")
    }
    rows.append("")
    rows += Incident.all.enumerated().map {
      "\($0.offset + 1). `\($0.element.name)`: \($0.element.words)"
    }
    let limited = cells.filter { !Limit.covering($0.0).isEmpty }.count
    let failed = lines.filter { $0.failed > 0 }.count
    rows.append("")
    rows.append(
      "\(lines.count) cells: \(lines.count - limited - failed) as they must be, \(limited) with a known"
        + " limit, \(failed) with a difference.")
    return rows
  }

  private var excluded: [String] {
    Guest.excluded.map { group in
      "In no row: " + group.names.map { "`\($0)`" }.joined(separator: ", ")
        + ", since \(group.reason)."
    }
  }

  private func cell(_ line: Line, _ guest: Guest, _ incident: Incident) -> Cell {
    Cell(
      guest: guest, incident: incident,
      strategy: FiniStrategy(name: line.strategy) ?? .breakpoint)
  }

  private var limits: [String] {
    Limit.all.map { limit in
      let events = limit.incidents.sorted().map { "`\($0)`" }.joined(separator: ", ")
      var parts: [String] = []
      if !limit.guests.isEmpty { parts.append(limit.guests.sorted().joined(separator: ", ")) }
      if !limit.strategies.isEmpty {
        parts.append(limit.strategies.map { "`\($0.name)`" }.sorted().joined(separator: ", "))
      }
      let place = parts.isEmpty ? "" : " (\(parts.joined(separator: "; ")))"
      return "- \(events)\(place): \(limit.steps). Why: \(limit.reason)."
    }
  }

  private static let middle = """
    A limit is checked, too: one that `tools/matrix --all` does not run into fails it.

    ## CRIU 4.2 in the same place

    What `criu dump --leave-running` of CRIU 4.2 does when the event falls where it hurts most, found by
    placing it at the n-th ptrace request of criu on Linux 6.18. It shows what happens if, not how often.

    | event | fini-trace | CRIU 4.2 |
    |---|---|---|
    """

  private var criu: [String] {
    Incident.all.map { incident in
      let own = lines.filter { $0.incident == incident.name }
      let cells = self.cells.filter { $0.0.incident.name == incident.name }
      let limited = cells.filter { !Limit.covering($0.0).isEmpty }.count
      let good = own.count - limited - own.filter { $0.failed > 0 }.count
      return "| \(incident.words) | \(good) of \(own.count) | \(incident.criu) |"
    }
  }

  private static let tail = """
    The letters, in our words:

    - A: SIGSTOP between the interrupt of fini and the breakpoint. criu gives up on the unexpected stop and
      detaches with the breakpoint armed; the victim runs into it and dies. A' is the same with breakpoints
      switched off: the victim lives, no longer stopped, the blob still mapped.
    - B: SIGTRAP there is believed to be the breakpoint and never delivered; fini goes on by tracing every
      system call. The exit status says that all is well.
    - C: the notice of a SIGCONT there is believed to be the breakpoint as well.
    - D: SIGSTOP while the parasite serves: the dump is fine, and the victim, which should be stopped, runs.
    - E, F: SIGCONT and SIGSTOP while the parasite is brought in: the dump fails; the SIGSTOP is lost.
    - G: the breakpoint is lost, as on some hypervisors: criu waits without end, the victim runs its own
      code with the blob still mapped, and goes on when criu is killed.
    - H: criu is killed with the breakpoint armed: the victim dies by SIGTRAP.
    - I: criu is killed before that: the parasite cures the victim, the blob stays.
    - J: criu is killed while a system call is planted in the victim's text: it stays there.
    - K: signals that the mask keeps out wait until after the detach: right.
    - L: the probe for breakpoints fails: a warning, the other way is taken: right.
    - M: the breakpoint is never taken out: the dump is fine, the process keeps it armed.
    """
}
