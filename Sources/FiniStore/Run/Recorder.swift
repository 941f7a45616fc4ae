package import FiniModel

/// Takes the events of one run.
///
/// ``record(_:)`` is for one thread at a time and is made for the moments between a stop and its
/// resume: it writes to memory that is mapped and touched, allocates nothing, takes no lock, makes
/// no system call and knows nothing of SQLite. Another thread moves the records into the file.
package final class Recorder: EventSink, @unchecked Sendable {
  /// The run's number in its file.
  package let run: Int64

  private let file: TraceFile
  private let journal: Journal
  let drainer: Drainer
  private var ticket: UInt64 = 0
  /// The last known value of the count that the draining thread moves on.
  private var drained: UInt64 = 0
  private var loss = PendingLoss()
  private var isRunning = true
  private var isOver = false

  init(run: Int64, file: TraceFile, journal: Journal, drainer: Drainer) {
    self.run = run
    self.file = file
    self.journal = journal
    self.drainer = drainer
  }

  /// Goes once through what ``record(_:)`` does and takes it back: the runtime makes the metadata
  /// of generic types when they are first used, and allocates for it. Before the drainer starts.
  static func warmUp(_ journal: Journal) {
    let start = Instant(rawValue: 0)
    let event = Event(
      sequence: 0, entered: start, left: start, tracer: TaskID(0), tracee: TaskID(0),
      payload: .request(RequestCall(request: .cont, detail: .registers(Registers()))))
    journal.write(EventRow(event), registers: event.registers, ticket: 0)
    _ = journal.isCommitted(0)
    _ = journal.drained
    journal.setHeader(JournalLayout.lossOffset, to: PendingLoss())
    journal.erase(ticket: 0)
  }

  /// Takes one event, in order of its sequence.
  ///
  /// If the ring is full the event is lost and counted; a ``Event/Payload/gap(lost:)`` with the
  /// sequence of the first lost event says so as soon as there is a free slot.
  package func record(_ event: Event) {
    precondition(!isOver, "an event was recorded into a run that is over")
    if loss.count > 0 { tellLoss() }
    guard loss.count == 0, hasRoom else {
      lose(event)
      return
    }
    journal.write(EventRow(event), registers: event.registers, ticket: ticket)
    ticket &+= 1
  }

  /// Names a task before its first event; not for the time between a stop and its resume.
  ///
  /// - Throws: ``StoreError`` if the file cannot be written.
  package func declare(task: TaskIdentity) throws(StoreError) { try declare(tasks: [task]) }

  /// Names tasks before their first events, all in one transaction.
  ///
  /// - Throws: ``StoreError`` if the file cannot be written.
  package func declare(tasks: [TaskIdentity]) throws(StoreError) {
    try drainer.inTransaction { writer, database in
      for task in tasks { _ = try writer.declare(task, in: database) }
    }
  }

  /// Moves what was recorded so far into the file, so that readers see it.
  ///
  /// - Throws: ``StoreError`` if the file cannot be written; nothing is lost then.
  package func flush() throws(StoreError) {
    try drainer.drain()
    if loss.count > 0 {
      tellLoss()
      try drainer.drain()
    }
  }

  /// Ends the run: everything recorded and the end are in the file, the journal is gone.
  ///
  /// - Throws: ``StoreError`` if the file cannot be written. Then nothing is lost: call again, or
  ///   let go, and the next opening of the file brings the journal in.
  package func finish(_ end: RunEnd) throws(StoreError) {
    precondition(!isOver, "a run was ended twice")
    try flush()
    try file.finish(run, with: end)
    close()
    try JournalFile.remove(journal)
  }

  /// Takes the run out of the file, as if it had never begun.
  ///
  /// - Throws: ``StoreError`` if the file cannot be written; the run is unfinished then.
  package func discard() throws(StoreError) {
    precondition(!isOver, "a run was taken back that had ended")
    try flush()
    try file.remove(run)
    close()
    try JournalFile.remove(journal)
  }

  deinit {
    guard !isOver else { return }
    do {
      try flush()
      try file.abandon(run)
      close()
      try JournalFile.remove(journal)
    } catch {
      // The journal stays, without a lock: the next opening of the file brings it in.
      close()
    }
  }

  private func close() {
    isOver = true
    guard isRunning else { return }
    isRunning = false
    drainer.stop()
  }

  private var hasRoom: Bool {
    if ticket &- drained < UInt64(journal.capacity) { return true }
    drained = journal.drained
    return ticket &- drained < UInt64(journal.capacity)
  }

  private func lose(_ event: Event) {
    if loss.count == 0 { loss.first = EventRow(event) }
    loss.count += 1
    loss.left = event.left.rawValue
    // In the mapping as well: a recorder that dies now has still told how much it lost.
    journal.setHeader(JournalLayout.lossOffset, to: loss)
  }

  private func tellLoss() {
    guard hasRoom else { return }
    journal.write(loss.row, registers: nil, ticket: ticket)
    ticket &+= 1
    loss = PendingLoss()
    journal.setHeader(JournalLayout.lossOffset, to: loss)
  }
}
