internal import FiniModel
internal import FiniProof

/// What is kept of the events that prove something: never more than a ledger can name.
struct ProofNotes {
  /// One of these events.
  struct Note {
    let sequence: UInt32
    let entered: Instant
    /// When it was over; of a stop, when the wait that reported it was.
    let left: Instant
    let isCall: Bool
    let isStop: Bool
    /// The calls and stops of the task before it.
    let before: Counts
    /// Of a stop: what the tracer read between the wait's return and the stop.
    let looks: Int
  }

  /// Calls and stops.
  struct Counts {
    var calls = 0
    var stops = 0
  }

  /// How many are kept before those are dropped that prove nothing any more.
  private static let most = 48

  private var notes: [Note] = []

  /// Keeps a note of an event, later than all before.
  mutating func add(_ note: Note, stillNeeded: (UInt32) -> Bool) {
    if notes.count == ProofNotes.most { notes.removeAll { !stillNeeded($0.sequence) } }
    notes.append(note)
  }

  /// The note of an event.
  subscript(sequence: UInt32) -> Note? { notes.last { $0.sequence == sequence } }
}
