import FiniModel
import GRDB

/// Puts the rows of one run into the file, in order.
///
/// It remembers what makes the rows small: the number of each task and the registers that each
/// tracee had last. A copy of it is worked on inside a transaction and kept if that commits.
struct EventWriter {
  let run: Int64
  let source: Source
  let started: UInt64
  private var numbers: [Int32: Int64] = [:]
  private var starts: [Int32: UInt64] = [:]
  private var nextNumber: Int64 = 0
  private var registers: [Int32: Registers] = [:]
  /// How many changes of a task's registers there were since its last whole set.
  private var changes: [Int32: Int] = [:]

  /// Begins with an empty run.
  init(run: Int64, source: Source, started: UInt64) {
    self.run = run
    self.source = source
    self.started = started
  }

  /// Goes on with a run that is in the file.
  init(resuming run: Int64, source: Source, started: UInt64, in database: Database) throws {
    self.init(run: run, source: source, started: started)
    let tasks = try Row.fetchCursor(
      database, sql: "SELECT number, tid, start_ticks FROM task WHERE run = ? ORDER BY number",
      arguments: [run])
    while let task = try tasks.next() {
      numbers[task["tid"]] = task["number"]
      starts[task["tid"]] = (task["start_ticks"] as Int64?).map(UInt64.init(bitPattern:))
      nextNumber = (task["number"] as Int64) + 1
    }
    let reader = try EventReader(run: run, in: database)
    while let event = try reader.next() {
      if let known = event.registers { registers[event.tracee.rawValue] = known }
    }
  }

  /// Adds a task; later events with its tid are its.
  ///
  /// - Returns: its number: the old one for a task that was declared before.
  @discardableResult
  mutating func declare(_ task: TaskIdentity, in database: Database) throws -> Int64 {
    let tid = task.task.rawValue
    if let known = numbers[tid], let start = task.startTicks, starts[tid] == start { return known }
    try database.execute(
      sql: """
        INSERT INTO task (run, number, tid, thread_group, start_ticks, name)
        VALUES (?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        run, nextNumber, task.task.rawValue, task.group?.rawValue,
        task.startTicks.map(Int64.init(bitPattern:)), task.name,
      ])
    numbers[tid] = nextNumber
    starts[tid] = task.startTicks
    // Another task has the number now; nothing of its registers is known.
    registers[tid] = nil
    nextNumber += 1
    return nextNumber - 1
  }

  /// Adds one event; for many see ``insert(_:registers:by:in:)``.
  ///
  /// - Returns: whether it was added; an event with its sequence may be there already.
  @discardableResult
  mutating func insert(
    _ row: EventRow, registers new: Registers?, in database: Database
  ) throws -> Bool {
    var statements = try EventStatements(database)
    return try insert(row, registers: new, by: &statements, in: database)
  }

  /// Adds an event.
  ///
  /// - Returns: whether it was added; an event with its sequence may be there already.
  @discardableResult
  mutating func insert(
    _ row: EventRow, registers new: Registers?, by statements: inout EventStatements,
    in database: Database
  ) throws -> Bool {
    let tracer = try number(of: row.tracer, in: database)
    let tracee = try number(of: row.tracee, in: database)
    guard
      try statements.insert(
        row, run: run, tracer: tracer, tracee: tracee, source: source, started: started)
    else { return false }
    try insert(new, of: row, by: &statements)
    return true
  }

  /// Adds an event, whose row goes into a batch; its sequence must be a new one.
  mutating func insert(
    _ row: EventRow, registers new: Registers?, by statements: inout EventStatements,
    _ batch: inout EventBatch, in database: Database
  ) throws {
    batch.append(
      row, tracer: try number(of: row.tracer, in: database),
      tracee: try number(of: row.tracee, in: database), source: source, started: started)
    try insert(new, of: row, by: &statements)
  }

  /// Adds what an event changed of its task's registers.
  private mutating func insert(
    _ new: Registers?, of row: EventRow, by statements: inout EventStatements
  ) throws {
    if let new {
      let known = registers.updateValue(new, forKey: row.tracee)
      var change = RegisterChange(from: known, to: new)
      if change.mask != 0 {
        let count = changes[row.tracee, default: 0]
        let isDue = count >= RegisterChange.mostBetweenWholeSets
        if isDue { change = RegisterChange(from: nil, to: new) }
        changes[row.tracee] = change.isWhole ? 0 : count + 1
        try statements.insert(change, run: run, sequence: row.sequence)
      }
    }
  }

  /// The tid of a task by its number.
  func tid(_ number: Int64, in database: Database) throws -> TaskID {
    TaskID(
      try Int32.fetchOne(
        database, sql: "SELECT tid FROM task WHERE run = ? AND number = ?",
        arguments: [run, number]) ?? 0)
  }

  /// The number of a task; one that was not declared gets one without a name.
  private mutating func number(of tid: Int32, in database: Database) throws -> Int64 {
    if let number = numbers[tid] { return number }
    return try declare(
      TaskIdentity(task: TaskID(tid), startTicks: nil, name: ""), in: database)
  }
}
