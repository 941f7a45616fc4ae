import Dispatch
import FiniTestSupport
import Foundation
import Synchronization

/// Runs the whole matrix in several processes, and combines their reports.
final class Manager: Sendable {
  private let plan: Plan
  private let lines = Mutex<[Line]>([])
  private let failures = Mutex<Int>(0)
  private let kept: KeptLines?

  init(_ plan: Plan) {
    self.plan = plan
    kept = plan.kept.map { KeptLines($0) }
  }

  /// Runs it; the exit status.
  func go() -> Int32 {
    let began = Doors.milliseconds
    // Once, before there are several processes that would do it.
    if case .failure(let error) = House.victims {
      tell("no victims: \(error)")
      return 1
    }
    do {
      for line in try kept?.open() ?? [] { lines.withLock { $0.append(line) } }
    } catch {
      tell("\(error)")
      return 1
    }
    DispatchQueue.concurrentPerform(iterations: plan.jobs) { index in
      do { try work(index) } catch {
        tell("worker \(index): \(error)")
        failures.withLock { $0 += 1 }
      }
    }
    let lines = self.lines.withLock { $0 }
    var failed = failures.withLock { $0 }
    let reliability = Reliability(lines: lines.sorted { $0.text < $1.text })
    for limit in plan.isWhole ? reliability.idleLimits : [] {
      tell("a limit that is none any more: \(limit.incidents.sorted()), \(limit.steps)")
      failed += 1
    }
    do {
      if let report = plan.report {
        try Data(reliability.text.utf8).write(to: URL(fileURLWithPath: report))
      }
    } catch {
      tell("\(error)")
      failed += 1
    }
    let runs = lines.reduce(0) { $0 + $1.runs }
    tell(
      """
      \(lines.count) cells, \(runs) boundaries, \(lines.filter { $0.failed > 0 }.count) cells with \
      differences, \((Doors.milliseconds - began) / 1000) s
      """)
    if let against = plan.against {
      guard let text = try? String(contentsOfFile: against, encoding: .utf8) else {
        tell("cannot read \(against)")
        return 1
      }
      for line in Promise(text).broken(by: lines) {
        tell("WORSE than \(against) says: \(line.text)")
        failed += 1
      }
      return failed == 0 && !lines.isEmpty ? 0 : 1
    }
    return failed == 0 && lines.allSatisfy { $0.failed == 0 } ? 0 : 1
  }

  private func work(_ index: Int) throws {
    let own = House.products + "/fini-matrix"
    var words = [own, "--part", "\(index)/\(plan.jobs)"]
    if plan.isWhole { words.append("--all") }
    if let kept = plan.kept { words += ["--keep", kept] }
    if plan.every > 1 { words += ["--every", "\(plan.every)"] }
    let worker = try LiveProcess(path: own, words: words)
    worker.closeInput()
    while let line = worker.nextLine(within: 120_000) {
      if let line = Line(line) {
        try kept?.keep(line)
        lines.withLock { $0.append(line) }
      } else {
        tell(line)
      }
    }
    let status = worker.waitForEnd(within: 1000)
    // One means differences; these were reported.
    if status != 0 && status != 1 {
      tell("worker \(index) ended with \(status.map(String.init) ?? "nothing said")")
      failures.withLock { $0 += 1 }
    }
  }
}
