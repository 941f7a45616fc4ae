import Dispatch
import FiniModel
import FiniStore
import FiniTimeline
import Synchronization

/// Ends sessions, and drops runs that are too many, on a thread of its own: to judge a long run takes seconds, and the ring
/// would run over meanwhile.
///
/// One run after the other, read from the file: so the memory for it is that of one run, however many are open.
final class FlightEnder: Sendable {
  private let queue = DispatchQueue(label: "fini-flight")
  /// `nil` when all is done: a block that the queue still holds does not keep the file open.
  private let book: Mutex<RunBook?>
  private let keeping: Keeping?
  private let tell: @Sendable (Notice) -> Void
  private let isKeeping = Atomic<Bool>(false)
  private let isFullNow = Atomic<Bool>(false)
  private let runs = Atomic<Int>(0)

  /// Opens the file once more: its thread waits for no other.
  init(_ options: FlightOptions, tell: @escaping @Sendable (Notice) -> Void) throws(StoreError) {
    book = Mutex(try RunBook(recordingTo: options.path))
    keeping = options.keeping
    self.tell = tell
  }

  /// How many runs have been ended.
  var count: Int { runs.load(ordering: .relaxed) }

  /// Whether the file has all that it may have, and nothing of it can go.
  var isFull: Bool { isFullNow.load(ordering: .relaxed) }

  /// Ends a session, some time.
  func end(_ session: EndedSession) { queue.async { self.endNow(session) } }

  /// Drops what is too much, some time.
  func keep() {
    guard keeping != nil, !isKeeping.exchange(true, ordering: .relaxed) else { return }
    queue.async {
      self.keepNow()
      self.isKeeping.store(false, ordering: .relaxed)
    }
  }

  /// Waits until all is done, and closes the file.
  func close() {
    queue.sync {}
    book.withLock { $0 = nil }
  }

  /// Before anything is recorded: a file that is larger than it may be is written anew.
  func makeRoom() {
    guard let most = keeping?.bytes else { return }
    queue.sync {
      keepNow()
      do {
        try book.withLock { book in
          guard let file = book?.file else { return }
          if try file.size().file > most + most / 10 { try file.shrink() }
        }
      } catch {
        tell(.notKept("\(error)"))
      }
    }
  }

  private func endNow(_ session: EndedSession) {
    guard let book = book.withLock({ $0 }) else { return }
    do {
      if !session.logs.isEmpty {
        _ = try LogJoining(file: book.file)
          .join(found: session.logs, into: session.run, by: .bpf, tell: tell)
      }
      let run = try book.end(
        session: session.run, by: .bpf, before: session.reason, unseen: session.unseen)
      runs.wrappingAdd(1, ordering: .relaxed)
      tell(.sessionEnded(run: session.run, session.tracer, run.judged.judgement.summary))
    } catch {
      // It stays without an end: the next recorder of the file marks it as unfinished.
      tell(.sessionNotEnded(run: session.run, "\(error)"))
    }
  }

  private func keepNow() {
    guard let keeping, let book = book.withLock({ $0 }) else { return }
    do {
      let result = try book.file.keep(keeping, now: RunBook.Moment.now.realtime)
      if result.isFull != isFullNow.exchange(result.isFull, ordering: .relaxed), result.isFull {
        tell(.isFull)
      }
    } catch {
      tell(.notKept("\(error)"))
    }
  }
}
