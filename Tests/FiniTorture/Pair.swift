import FiniModel
import FiniPtrace
import FiniTestSupport
import Foundation

/// A victim and its untouched twin.
@PtraceThread
final class Pair {
  let kind: Kind
  let victim: LiveProcess
  let twin: LiveProcess
  /// The thread that is cured, and that of the twin.
  private(set) var task: Int32
  private(set) var twinTask: Int32

  private var before: Portrait
  private var look: Look?
  private var code: [Data] = []
  private var answers = Answers()
  private var twinAnswers = Answers()
  private var isStill: Bool

  init(_ kind: Kind) throws {
    self.kind = kind
    victim = try startVictim(kind.name, kind.arguments)
    twin = try startVictim(kind.name, kind.arguments)
    task = victim.pid
    twinTask = twin.pid
    isStill = kind.isStill
    before = Portrait(of: victim, task: task)
    // The first answer and the first stop change what changes only once: a page of the stack, a
    // sleep that becomes restart_syscall(2).
    for thread in victim.threads { _ = try Look(at: thread) }
    var complaints: [String] = []
    twinAnswers = Answers(of: Voice(process: twin, kind: kind), &complaints)
    answers = Answers(of: Voice(process: victim, kind: kind), &complaints)
    guard complaints.isEmpty else { throw TestSupportError.victim("\(kind.title): \(complaints)") }
  }

  /// The target of the storm.
  var targets: (Storm.LiveProcessNumbers, Storm.LiveProcessNumbers) {
    (
      Storm.LiveProcessNumbers(process: victim.pid, task: task),
      Storm.LiveProcessNumbers(process: twin.pid, task: twinTask)
    )
  }

  /// Records the state of the victim before a cure.
  func remember(_ random: inout SplitMix64, looking: Bool) throws {
    let threads = victim.threads
    let twinThreads = twin.threads
    if kind.curesThreads, threads.count == twinThreads.count {
      let index = Int.random(in: 0..<threads.count, using: &random)
      task = threads[index]
      twinTask = twinThreads[index]
      // The leader is the first; the fourth kind of wait is to spin.
      isStill = index == 0 || (index - 1) % 6 != 3
    }
    if isStill || kind.rest == "R" { _ = victim.reaches([kind.rest]) }
    look = looking ? try lookAtRest() : nil
    if looking { code = codeBytes(of: victim) }
    settle()
    // The others may be in a handler, with its mask: what they were at first holds for them.
    if kind.isStill { before = Portrait(of: victim, task: task) }
  }

  /// A look at where it rests: one may fall into a handler, which has a mask of its own, or into what
  /// a thread says of a wait that the look before has ended.
  private func lookAtRest() throws -> Look {
    let handled = kind.signals.reduce(UInt64(0)) { $0 | 1 << UInt64($1 - 1) }
    var look = try Look(at: task)
    for _ in 0..<200 {
      settle()
      let again = try Look(at: task)
      let isSame = again[.rip] == look[.rip] && again[.rsp] == look[.rsp]
      look = again
      if isStill ? isSame : look.mask & handled == 0 { break }
      usleep(1000)
    }
    return look
  }

  /// What differs after a cure in which this was sent.
  func differences(_ sent: Storm.Sent) -> [String] {
    var found: [String] = []
    let letter = settle()
    let twinLetter = twin.state
    if isStill, letter != kind.rest || twinLetter != kind.rest {
      found.append("its state is \(letter), the twin's is \(twinLetter)")
    }
    if letter == "Z" || letter == "X" {
      let status = victim.waitForEnd(within: 100).map { "\($0)" } ?? "?"
      return found + ["it is gone, status \(status)"]
    }
    found += portraitDifferences()
    if let look { found += differences(fromLook: look, sent) }
    // A stopped victim can't answer, and waiting for a wrongly stopped one would take too long.
    if letter != "T" && letter != "t" { found += answerDifferences(sent) }
    return found
  }

  /// Signals and handlers need a moment, and a busy victim takes its signals when it gets a
  /// processor. Only a difference that stays counts.
  private func portraitDifferences() -> [String] {
    let end = Doors.milliseconds + 5000
    while true {
      let after = Portrait(of: victim, task: task)
      let found =
        after.differences(from: before, isStill: isStill)
        + after.differences(fromTwin: Portrait(of: twin, task: twinTask))
      if found.isEmpty || Doors.milliseconds > end { return found }
      usleep(2000)
    }
  }

  /// Waits until the victim and its twin are in their resting states.
  @discardableResult
  private func settle() -> Character {
    guard isStill else {
      _ = victim.reaches(["R", "S", "Z", "X"], within: 1000)
      return victim.state
    }
    _ = twin.reaches([kind.rest, "Z", "X"], within: 1000)
    _ = victim.reaches([kind.rest, "Z", "X"], within: 1000)
    let end = Doors.milliseconds + 500
    // After a handler, or after a stop, it enters its call a moment later.
    while Portrait(of: victim, task: task).call.hasPrefix("running"), Doors.milliseconds < end {
      usleep(200)
    }
    return victim.state
  }

  private func differences(fromLook earlier: Look, _ sent: Storm.Sent) -> [String] {
    var found: [String] = []
    guard let now = try? Look(at: task) else { return ["it cannot be looked at"] }
    if now.debugControl & 0xff != 0 { found.append("DR7 is \(now.debugControl)") }
    if now.mask != earlier.mask { found.append("mask \(now.mask), was \(earlier.mask)") }
    if isStill {
      found += now.differences(from: earlier).map { "register " + $0 }
      // A call that any stop ends makes the victim run, and its code uses vector registers.
      if !kind.mayBeInterrupted, now.extendedState != earlier.extendedState {
        found.append("extended state")
      }
    }
    if codeBytes(of: victim) != code { found.append("code") }
    return found
  }

  private func answerDifferences(_ sent: Storm.Sent) -> [String] {
    var found: [String] = []
    var ofTwin: [String] = []
    let now = Answers(of: Voice(process: victim, kind: kind), &found)
    let twinNow = Answers(of: Voice(process: twin, kind: kind), &ofTwin)
    found += ofTwin.map { "(the twin) " + $0 }
    defer { (answers, twinAnswers) = (now, twinNow) }
    switch kind.dialogue {
    case .count(let queued):
      let more = (now.count ?? 0) - (answers.count ?? 0)
      let twinMore = (twinNow.count ?? 0) - (twinAnswers.count ?? 0)
      // A signal that is sent alone, or queued, can't be merged with another.
      let least = queued ? sent.count : min(sent.count, 1)
      if more < least || more > sent.count {
        found.append("it handled \(more) of \(sent.count), the twin \(twinMore)")
      }
      if sent.count < 2, more != twinMore { found.append("handled \(more), twin \(twinMore)") }
      if queued, now.sum != twinNow.sum {
        found.append("sum \(now.sum ?? -1), twin \(twinNow.sum ?? -1)")
      }
    case .word:
      if now != twinNow { found.append("said \(now.lines), the twin \(twinNow.lines)") }
    case .audit:
      if now != answers { found.append("said \(now.lines), before \(answers.lines)") }
    default:
      break
    }
    return found
  }

  /// Ends both.
  func end() {
    victim.end()
    twin.end()
  }
}
