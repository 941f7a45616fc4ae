import FiniTestSupport
import Foundation

/// One victim or one twin, from its start to its end, and the facts about it.
final class Witness {
  let guest: Guest
  /// The program that was started; the matrix talks to it through pipes.
  let program: LiveProcess
  /// The process that is cured: the program itself, or its only child.
  let process: OtherTask
  let thread: Int32
  let before: Facts
  private var lines: [String] = []

  init(_ guest: Guest, orders: [String]) throws {
    self.guest = guest
    // From another thread, so that the tracer is not the parent, as in real use.
    program = try Nursery.shared.start(guest, orders: orders)
    let number = guest.isParent ? program.children.first : program.pid
    guard let number else { throw TestSupportError.victim("\(guest.title) has no child") }
    process = OtherTask(pid: number)
    let threads = process.threads
    thread = guest.thread == 0 ? number : threads[min(guest.thread, threads.count - 1)]
    // The first stop changes what changes only once: a sleep becomes restart_syscall(2).
    _ = try Facts(within: thread)
    let settled = Witness.settled(process.pid, thread, guest)
    let inner = try Facts(within: thread)
    _ = Witness.settled(process.pid, thread, guest)
    before = settled.with(inner)
  }

  /// The facts about it once it waits, if it ever does.
  ///
  /// - Parameter wasStopped: whether it must be stopped again. A task that a tracer lets go runs
  ///   for a moment.
  private static func settled(
    _ process: Int32, _ thread: Int32, _ guest: Guest, wasStopped: Bool = false
  ) -> Facts {
    let end = Doors.milliseconds + 1000
    var now = Facts(of: process, task: thread)
    while !now.isOver, Doors.milliseconds < end,
      wasStopped ? !now.isStopped : !guest.isMoving && now.isOnItsWay
    {
      usleep(200)
      now = Facts(of: process, task: thread)
    }
    return now
  }

  /// It has ended. If its status is not known, its tracer waited for it.
  private func ended(_ outcome: Outcome) -> Outcome {
    var outcome = outcome
    outcome.end = program.waitForEnd(within: 2000) ?? Outcome.reaped
    return outcome
  }

  /// The outcome of a twin, after the time that is needed to be sure.
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

  /// The outcome of a victim. It gets some time to become equal to its twin.
  func outcome(like twin: Outcome, within time: UInt64 = 1500) throws -> Outcome {
    let end = Doors.milliseconds + time
    var interval: UInt32 = 100
    while Doors.milliseconds < end {
      let now = Facts(of: process.pid, task: thread)
      if now.isOver || isLike(now, twin) { break }
      usleep(interval)
      interval = min(interval * 2, 5000)
    }
    return try outcome { try talk(like: twin.lines, within: Int(time)) }
  }

  /// Whether everything that is visible from outside is as it must become.
  private func isLike(_ now: Facts, _ twin: Outcome) -> Bool {
    guard let after = twin.after else { return false }
    return Outcome(before: before).differences(now, twin, after, guest) { !$0.isInner }.isEmpty
  }

  private func outcome(_ talk: () throws -> Void) throws -> Outcome {
    var outcome = Outcome(before: before)
    var outer = Facts(of: process.pid, task: thread)
    if outer.isOver { return ended(outcome) }
    // As before: the first stop after the incident may turn a sleep into restart_syscall(2).
    guard (try? Facts(within: thread)) != nil else { return ended(outcome) }
    outer = Witness.settled(process.pid, thread, guest, wasStopped: outer.isStopped)
    guard !outer.isOver, let inner = try? Facts(within: thread) else { return ended(outcome) }
    outcome.after = outer.with(inner)
    if outer.isStopped { Doors.kill(process.pid, 18) }
    try talk()
    outcome.lines = guest.hasManyVoices ? lines.sorted() : lines
    return outcome
  }

  private func ask() {
    for line in guest.dialogue { program.say(line) }
    if guest.isAskedBySignal { Doors.kill(process.pid, 12) }
  }

  private func talk(patience: Int) throws {
    ask()
    while let line = program.nextLine(within: patience) { lines.append(guest.masked(line)) }
  }

  private func talk(like expected: [String], within time: Int) throws {
    ask()
    // Not the number of lines but the same lines: a disturbed thread may write first.
    var missing = expected
    while !missing.isEmpty, let line = program.nextLine(within: time) {
      lines.append(guest.masked(line))
      if let place = missing.firstIndex(of: guest.masked(line)) { missing.remove(at: place) }
      if lines.count > expected.count + 64 { break }
    }
    lines += program.linesAtHand.map(guest.masked)
  }

  /// Ends it.
  func end() { program.end() }
}

extension Facts {
  /// Whether it runs or is held by a tracer, and so will soon be elsewhere.
  fileprivate var isOnItsWay: Bool {
    self["wait"] == "running" || "Rt".contains(self["State"]?.first ?? " ")
  }
}
