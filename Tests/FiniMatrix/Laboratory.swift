import FiniEngine
import FiniModel
import FiniPtrace
import FiniTestSupport

/// Runs boundaries of cells.
@PtraceThread
final class Laboratory {
  /// One cure in this many is recorded into a file too.
  private static let filed = 8

  private let shelf: Shelf
  private var twins: [String: Outcome] = [:]
  /// Damage that is done to each victim after its cure, to test that it is found.
  private let damage: Doors.Damage?
  private var runs = 0

  init(damage: Doors.Damage?) throws {
    shelf = try Shelf()
    self.damage = damage
  }

  /// Removes what was recorded.
  func close() { shelf.clear() }

  /// The number of calls of an undisturbed cure. There are as many boundaries, and one after the
  /// last call.
  func calls(of guest: Guest, _ strategy: FiniStrategy) throws -> Int {
    let witness = try Witness(guest, orders: [])
    defer { witness.end() }
    let log = EventLog()
    _ = try cure(witness, CureOptions(strategy: strategy), log)
    return log.calls.count
  }

  /// Cures a fresh victim, with the incident before call `boundary` or after all calls. Returns why
  /// the victim is not as it must be, and which call it was.
  func run(_ cell: Cell, boundary: Int) throws -> (problems: [String], place: String) {
    if twins[cell.pair] == nil { twins[cell.pair] = try twin(of: cell, patience: 25) }
    guard let twin = twins[cell.pair] else { preconditionFailure("no twin") }
    let trial = try attempt(cell, boundary, twin)
    var problems = trial.problems(twin, cell)
    if !problems.isEmpty, damage == nil, Limit.covering(cell).isEmpty {
      // Another program may have delayed the twin: then it is the twin that was not ready.
      let slow = try self.twin(of: cell, patience: 400)
      twins[cell.pair] = slow
      problems = trial.problems(slow, cell)
    }
    return (problems, trial.place)
  }

  /// The state of an untouched twin after the same incident.
  private func twin(of cell: Cell, patience: Int) throws -> Outcome {
    let twin = try Witness(cell.guest, orders: cell.incident.orders)
    defer { twin.end() }
    cell.incident.act(twin.process.pid, twin.thread)
    return try twin.outcome(patience: patience)
  }

  private func attempt(_ cell: Cell, _ boundary: Int, _ twin: Outcome) throws -> Trial {
    if case .killsTheRecorder = cell.incident.nature {
      return try attemptByTool(cell, boundary, twin)
    }
    let witness = try Witness(cell.guest, orders: cell.incident.orders)
    defer { witness.end() }
    let log = EventLog()
    let plot = Plot(cell.incident, witness, log)
    let book = runs % Laboratory.filed == 0 ? try shelf.begin(of: witness.thread, cell) : nil
    let open = Doors.openDescriptors
    runs += 1
    var options = CureOptions(
      strategy: cell.strategy, deadline: plot.deadline, interrupts: plot.interrupts)
    options.beforeCall = { call in plot.pass(call, boundary) }
    let report = try cure(witness, options, book.map { Tee(log, $0) } ?? log)
    let left = Doors.openDescriptors - open
    plot.end()
    if let damage { try Doors.damage(witness.thread, damage) }
    var outcome = try witness.outcome(like: twin)
    if outcome.end == Outcome.reaped, case .ended(.killed(let signal, _)) = report.failure {
      outcome.end = 128 + signal.rawValue
    }

    var complaints = Verification(cell: cell, report: report, log: log)
      .complaints(end: outcome.end, didHappen: plot.didHappen)
    if let book { complaints += try shelf.end(book, log) }
    // Fewer: another thread has closed a pipe of an earlier victim only now.
    if left > 0 { complaints.append("the recorder has \(left) more descriptors") }
    let place = log.calls.dropFirst(boundary).first?.callName ?? "after the detach"
    return Trial(outcome: outcome, complaints: complaints, place: place)
  }

  /// The recorder is a separate process, and kills itself.
  private func attemptByTool(_ cell: Cell, _ boundary: Int, _ twin: Outcome) throws -> Trial {
    let witness = try Witness(cell.guest, orders: cell.incident.orders)
    defer { witness.end() }
    let said = House.run(
      House.products + "/fini-trace",
      [
        "record", "\(witness.thread)", "-o", shelf.path(runs), "--strategy", cell.strategy.name,
        "--unguarded", "--die-before-call", "\(boundary)",
      ])
    runs += 1
    // The next command must take away what is left in a living task.
    _ = House.run(House.products + "/fini-trace", ["repair", "\(witness.thread)"])
    let outcome = try witness.outcome(like: twin, within: 300)
    // This cure may have ended before that call.
    let isOver = cell.guest.variesInCalls && said.status == 0
    let complaints =
      said.status == 128 + 9 || isOver ? [] : ["the recorder ended with \(said.status)"]
    return Trial(outcome: outcome, complaints: complaints, place: "call \(boundary)")
  }

  private func cure(
    _ witness: Witness, _ options: CureOptions, _ sink: any EventSink
  ) throws -> CureReport {
    let facts = try TaskFacts(
      examining: TaskID(witness.thread), ourselves: TaskID(Doors.ownProcess))
    return try Cure(of: facts, options: options).run(recordingTo: sink)
  }
}

/// Passes events to two sinks.
private final class Tee: EventSink {
  private let first: any EventSink
  private let second: any EventSink

  init(_ first: any EventSink, _ second: any EventSink) {
    (self.first, self.second) = (first, second)
  }

  func record(_ event: Event) {
    first.record(event)
    second.record(event)
  }
}
