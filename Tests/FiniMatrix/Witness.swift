import FiniTestSupport
import Foundation

/// One victim, or one twin, from its start to its end, and what is seen of it.
final class Witness {
  let guest: Guest
  let process: LiveProcess
  let thread: Int32
  let before: Facts
  private var lines: [String] = []

  init(_ guest: Guest, orders: [String]) throws {
    self.guest = guest
    process = try startVictim(
      guest.name, guest.arguments, settled: guest.rest, orders: orders)
    let threads = process.threads
    thread = guest.thread == 0 ? process.pid : threads[min(guest.thread, threads.count - 1)]
    // The first stop changes what changes only once: a sleep becomes restart_syscall(2).
    _ = try Facts(within: thread)
    _ = process.reaches(guest.rest)
    let inner = try Facts(within: thread)
    _ = process.reaches(guest.rest)
    var outer = Facts(of: process.pid, task: thread)
    let end = Doors.milliseconds + 1000
    while !guest.isMoving, outer["wait"] == "running", Doors.milliseconds < end {
      usleep(200)
      outer = Facts(of: process.pid, task: thread)
    }
    before = outer.with(inner)
  }

  /// What became of a twin, after the time that it takes to be sure.
  func outcome(patience: Int) throws -> Outcome {
    var last = Facts(of: process.pid, task: thread)
    var since = Doors.milliseconds
    while Doors.milliseconds < since + UInt64(patience) {
      usleep(2000)
      let now = Facts(of: process.pid, task: thread)
      if now.isOver { break }
      if now != last, !guest.isMoving { (last, since) = (now, Doors.milliseconds) }
    }
    return try outcome { try talk(patience: patience) }
  }

  /// What became of a victim: it has some time to become like its twin.
  func outcome(like twin: Outcome) throws -> Outcome {
    let end = Doors.milliseconds + 1500
    var interval: UInt32 = 100
    while Doors.milliseconds < end {
      let now = Facts(of: process.pid, task: thread)
      if now.isOver || isLike(now, twin) { break }
      usleep(interval)
      interval = min(interval * 2, 5000)
    }
    return try outcome { try talk(like: twin.lines) }
  }

  /// Whether all that is seen from outside is as it must become.
  private func isLike(_ now: Facts, _ twin: Outcome) -> Bool {
    guard let after = twin.after else { return false }
    return Outcome(before: before).differences(now, twin, after, guest) { !$0.isInner }.isEmpty
  }

  private func outcome(_ talk: () throws -> Void) throws -> Outcome {
    var outcome = Outcome(before: before)
    let outer = Facts(of: process.pid, task: thread)
    if outer.isOver {
      outcome.end = process.waitForEnd(within: 2000)
      if outcome.end != nil { return outcome }
    }
    outcome.after = outer.with(try Facts(within: thread))
    if outer.isStopped { process.signal(18) }
    try talk()
    outcome.lines = guest.hasManyVoices ? lines.sorted() : lines
    return outcome
  }

  private func ask() {
    for line in guest.dialogue { process.say(line) }
    if guest.isAskedBySignal { process.signal(12) }
  }

  private func talk(patience: Int) throws {
    ask()
    while let line = process.nextLine(within: patience) { lines.append(guest.masked(line)) }
  }

  private func talk(like expected: [String]) throws {
    ask()
    while lines.count < expected.count, let line = process.nextLine(within: 1500) {
      lines.append(guest.masked(line))
    }
    lines += process.linesAtHand.map(guest.masked)
  }

  /// Ends it.
  func end() { process.end() }
}
