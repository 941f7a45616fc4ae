import Dispatch
import FiniModel
import GRDB
import Glibc
import Synchronization

/// Moves committed records from a journal into the file, on a thread of its own.
final class Drainer: Sendable {
  /// Rows of one transaction.
  static let batchSize = 1024
  /// How long the thread sleeps before it reads the journal again, in milliseconds. It is never woken for a record:
  /// waking costs the recording thread a system call.
  static let interval = 20

  let run: Int64
  private let file: TraceFile
  private let journal: Journal
  private let writer: Mutex<EventWriter>
  private let shouldStop = Atomic<Bool>(false)
  private let wake = DispatchSemaphore(value: 0)
  private let thread = Mutex<pthread_t?>(nil)

  init(run: Int64, file: TraceFile, journal: Journal, writer: EventWriter) {
    self.run = run
    self.file = file
    self.journal = journal
    self.writer = Mutex(writer)
  }

  /// Starts the thread, with every signal blocked in it from its first instruction.
  ///
  /// - Throws: ``StoreError/failed(path:detail:)`` if there can be no more threads.
  func start() throws(StoreError) {
    var all = sigset_t()
    var before = sigset_t()
    unsafe sigfillset(&all)
    unsafe pthread_sigmask(SIG_SETMASK, &all, &before)
    defer { unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }
    var thread = pthread_t()
    let box = unsafe Unmanaged.passRetained(self)
    let failure = unsafe pthread_create(
      &thread, nil,
      { argument in
        guard let argument = unsafe argument else { return nil }
        unsafe Unmanaged<Drainer>.fromOpaque(argument).takeRetainedValue().loop()
        return nil
      }, box.toOpaque())
    guard failure == 0 else {
      unsafe box.release()
      throw StoreError(errno: failure, path: file.path, creating: true)
    }
    self.thread.withLock { $0 = thread }
  }

  /// Ends the thread and waits until it, and its hold on the file, are gone.
  func stop() {
    shouldStop.store(true, ordering: .releasing)
    wake.signal()
    let thread = self.thread.withLock { thread in
      defer { thread = nil }
      return thread
    }
    if let thread { pthread_join(thread, nil) }
  }

  private func loop() {
    nameThread()
    // It sleeps first: most cures are over before it wakes, and on one processor its work would
    // stand between a stop and the tracer.
    while wake.wait(timeout: .now() + .milliseconds(Drainer.interval)) == .timedOut,
      !shouldStop.load(ordering: .acquiring)
    {
      do { try drain() } catch {
        // A full disk or a locked file may pass. The records wait in the journal, and the call that
        // ends the recording meets the same error and hands it on.
      }
    }
  }

  /// Names the thread for ps and gdb; the C library's call for it is hidden from Swift.
  private func nameThread() {
    let descriptor = unsafe open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    let name: StaticString = "fini-drain"
    _ = unsafe write(descriptor, name.utf8Start, name.utf8CodeUnitCount)
    close(descriptor)
  }

  /// Moves what is committed now; a slot is free only once its row is committed in the file.
  func drain() throws(StoreError) {
    try writer.withLock { (writer: inout EventWriter) throws(StoreError) in
      while try moveBatch(with: &writer) {}
    }
  }

  /// Does something to the run once everything recorded before it is in the file.
  func inTransaction<Value: Sendable>(
    _ body: (inout EventWriter, Database) throws -> Value
  ) throws(StoreError) -> Value {
    try writer.withLock { (writer: inout EventWriter) throws(StoreError) in
      while try moveBatch(with: &writer) {}
      var copy = writer
      let value = try file.write { try body(&copy, $0) }
      writer = copy
      return value
    }
  }

  /// Moves one batch; returns whether there may be another.
  private func moveBatch(with writer: inout EventWriter) throws(StoreError) -> Bool {
    let first = journal.drained
    var end = first
    while end < first + UInt64(Drainer.batchSize), journal.isCommitted(end) { end += 1 }
    guard end > first else { return false }
    var copy = writer
    try file.write { database in
      var statements = try EventStatements(database)
      for ticket in first..<end {
        // What this process wrote itself is not torn; a record that is leaves a hole, which the
        // end of the run turns into a gap.
        if case .record(_, let row, let registers) = journal.slot(of: ticket) {
          try copy.insert(row, registers: registers, by: &statements, in: database)
        }
      }
    }
    writer = copy
    journal.drained = end
    return end - first == UInt64(Drainer.batchSize)
  }
}
