import FiniEngine
import FiniModel
import FiniProof
import FiniPtrace
import FiniTestSupport

/// Checks that must hold for a cure's report and events after any incident.
struct Verification {
  let cell: Cell
  let report: CureReport
  let log: EventLog

  /// What is wrong.
  ///
  /// - Parameters:
  ///   - end: how the victim ended, if it did.
  ///   - didHappen: whether the incident could have an effect.
  func complaints(end: Int32?, didHappen: Bool) -> [String] {
    var found = ofEvents
    if !report.leftBehind.isEmpty { found.append("left behind: \(report.leftBehind)") }
    if let failure = report.failure, case .overdue = failure {
      found.append("a stop did not come in time")
    }
    if let end, let failure = report.failure {
      if !isTrue(failure, of: end) { found.append("it ended with \(end), told as \(failure)") }
      return found
    }
    found += ofLife(didHappen: didHappen)
    return found
  }

  private var ofEvents: [String] {
    var found: [String] = []
    let numbers = log.events.map { $0.sequence }
    if numbers != Array(1...UInt32(max(numbers.count, 1))) { found.append("events are missing") }
    if log.events.contains(where: { $0.kind == .gap }) { found.append("events were lost") }
    var judge = FiniMachine(strategy: nil)
    for event in log.events { judge.observe(event) }
    if judge.verdict != report.verdict {
      found.append("judged as \(judge.verdict), told as \(report.verdict)")
    }
    return found
  }

  /// Whether the report names the victim's end.
  private func isTrue(_ failure: CureError, of end: Int32) -> Bool {
    // The cured thread ended by the execve; what ended later is the new program.
    if case .replacesTheVictim = cell.incident.nature { return true }
    // It ended after it had been let go.
    if let refusal = cell.guest.refusal, failure.message.contains(refusal) { return true }
    switch failure {
    case .ended(.killed(let signal, _)):
      // It may have landed before: its end does not undo the proof (LedgerTests).
      return end == 128 + signal.rawValue
        && [.lost, .neverReached, .landed].contains(report.verdict)
    case .ended(.exited(let code)):
      return end == Int32(code)
    case .gone:
      // It ended before the seize.
      return report.verdict == .neverReached
    default:
      return false
    }
  }

  /// For a victim that lives, or that ended after the tracer had let it go.
  private func ofLife(didHappen: Bool) -> [String] {
    if let refusal = cell.guest.refusal { return ofRefusal(refusal) }
    var found: [String] = []
    let isWhole = report.failure == nil && report.isCured
    switch cell.incident.nature {
    case .ofTheVictim:
      if !isWhole { found.append("failure: \(words)") }
      if ![.landed, .intervened].contains(report.verdict) {
        found.append("verdict \(report.verdict)")
      }
    case .replacesTheVictim:
      if report.failure == nil, !report.isCured { found.append("not cured") }
    case .endsTheRecorder:
      if !report.isCured { found.append("not cured: \(words)") }
      if let failure = report.failure, failure != .interrupted {
        found.append("failure: \(words)")
      }
      if report.failure == .interrupted, !report.wasInterrupted { found.append("not told") }
      if report.failure == nil, report.verdict != .landed, !isLate {
        found.append("verdict \(report.verdict)")
      }
    case .ofTheSocket:
      if !report.isCured { found.append("not cured: \(words)") }
      if report.failure == nil, report.verdict != .landed, !isLate {
        found.append("verdict \(report.verdict)")
      }
    case .killsTheRecorder:
      break
    case .losesTheBreakpoint:
      if !isWhole { found.append("failure: \(words)") }
      if report.verdict != (didHappen ? .missed : .landed), !isLate {
        found.append("verdict \(report.verdict)")
      }
    }
    return found
  }

  /// For a victim in which a cure finds no gap: the reason is reported, and it is let go.
  private func ofRefusal(_ refusal: String) -> [String] {
    var found: [String] = []
    if !report.isCured { found.append("not cured: \(words)") }
    if !words.contains(refusal), !report.wasInterrupted { found.append("failure: \(words)") }
    if report.verdict != .neverReached { found.append("verdict \(report.verdict)") }
    return found
  }

  /// Whether a signal of the victim itself stopped it instead of the breakpoint.
  private var isLate: Bool { cell.guest.isMoving && report.verdict == .intervened }

  private var words: String { report.failure?.message ?? "none" }
}
