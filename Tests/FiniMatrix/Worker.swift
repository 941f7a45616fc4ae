import FiniModel
import FiniPtrace
import FiniTestSupport
import Foundation

/// Runs cells one after the other, and prints the result of each in one line.
@PtraceThread
final class Worker {
  private let plan: Plan
  private let watchdog = Watchdog()
  private var counts: [String: Int] = [:]

  init(_ plan: Plan) { self.plan = plan }

  /// Runs them; the exit status.
  func go() -> Int32 {
    var failures = 0
    do {
      let laboratory = try Laboratory(damage: plan.damage)
      defer { laboratory.close() }
      for cell in try cells() {
        let count = try calls(of: cell, laboratory)
        failures += run(cell, plan.boundaries(of: cell, count: count), laboratory)
      }
    } catch {
      tell("FAILED \(error)")
      failures += 1
    }
    return failures == 0 ? 0 : 1
  }

  /// The cells of this part. All strategies of a victim and an incident share their twin.
  private func cells() throws -> [Cell] {
    guard let part = plan.part else { return plan.cells }
    // What other workers add meanwhile is of their parts.
    let kept = Set(try plan.kept.map { try KeptLines.read($0) }?.map(\.cell) ?? [])
    var pairs: [String: Int] = [:]
    return plan.cells.filter { cell in
      let number = pairs[cell.pair] ?? pairs.count
      pairs[cell.pair] = number
      return number % part.count == part.index && !kept.contains(cell.name)
    }
  }

  private func calls(of cell: Cell, _ laboratory: Laboratory) throws -> Int {
    let key = cell.guest.title + cell.strategy.name
    if let known = counts[key] { return known }
    watchdog.allow("\(cell.guest.title) does not come up")
    let count = try laboratory.calls(of: cell.guest, cell.strategy)
    counts[key] = count
    return count
  }

  private func run(_ cell: Cell, _ boundaries: [Int], _ laboratory: Laboratory) -> Int {
    var failed: [Int] = []
    var met: Set<Int> = []
    let limits = Limit.covering(cell)
    for boundary in boundaries {
      let reproducer = cell.reproducer(boundary)
      watchdog.allow("it takes too long\n  again: \(reproducer)")
      do {
        let (problems, place) = try laboratory.run(cell, boundary: boundary)
        if problems.isEmpty { continue }
        let excuses = limits.filter { Limit.all[$0].excuses(problems) }
        if plan.boundary == nil, !excuses.isEmpty {
          met.formUnion(excuses)
          continue
        }
        failed.append(boundary)
        let text = problems.map { "  " + $0 }.joined(separator: "\n")
        tell("DIFFERENCE before \(place)\n\(text)\n  again: \(reproducer)")
      } catch {
        failed.append(boundary)
        tell("DIFFERENCE: not run: \(error)\n  again: \(reproducer)")
      }
    }
    tell(Line(cell: cell, runs: boundaries.count, failed: failed.count, limits: met).text)
    return failed.count
  }
}

/// Ends the program with a report when a boundary takes too long.
private final class Watchdog: Sendable {
  private let state = SharedEnd()

  init() {
    Thread.detachNewThread { [state] in
      while true {
        usleep(200_000)
        guard let report = state.overdue else { continue }
        tell("DIFFERENCE: \(report)")
        fflush(nil)
        exit(1)
      }
    }
  }

  /// Allows half a minute from now.
  func allow(_ report: String) { state.set(Doors.milliseconds + 30_000, report) }
}
