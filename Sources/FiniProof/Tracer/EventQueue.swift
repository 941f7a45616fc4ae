internal import FiniModel

/// Events in their order, of which some are handed over only when it is clear what they are.
struct EventQueue: Sendable {
  private struct Slot: Sendable {
    var event: Event
    /// What it is will be known later.
    var isOpen = false
    /// It turned out not to have happened.
    var isDropped = false
  }

  private var slots: [Slot] = []
  /// The number of the first slot, counted from the beginning.
  private var base = 0
  private var settled = 0
  private var nextSequence: UInt32 = 1

  /// Takes an event; returns the number of its slot.
  mutating func append(_ event: Event, isOpen: Bool) -> Int {
    slots.append(Slot(event: event, isOpen: isOpen))
    return base + slots.count - 1
  }

  /// It is clear now: it stays, as `body` makes it.
  mutating func settle(_ slot: Int?, _ body: (inout Event) -> Void = { _ in }) {
    change(slot) {
      $0.isOpen = false
      body(&$0.event)
    }
  }

  /// It did not happen.
  mutating func drop(_ slot: Int?) {
    change(slot) {
      $0.isOpen = false
      $0.isDropped = true
    }
  }

  private mutating func change(_ slot: Int?, _ body: (inout Slot) -> Void) {
    // One that had to be handed over meanwhile stays as it was.
    guard let slot, slot - base >= settled else { return }
    body(&slots[slot - base])
  }

  /// Hands over the events that are settled, in order; of those that are not, no more than `patience` are kept.
  mutating func drain(patience: Int, _ body: (Event) -> Void) {
    while settled < slots.count {
      if slots[settled].isOpen {
        guard slots.count - settled > patience else { break }
        slots[settled].isOpen = false
        if case .phase = slots[settled].event.payload { slots[settled].isDropped = true }
      }
      if !slots[settled].isDropped {
        slots[settled].event.sequence = nextSequence
        nextSequence += 1
        body(slots[settled].event)
      }
      settled += 1
    }
    guard settled > 1024 || settled == slots.count else { return }
    slots.removeFirst(settled)
    base += settled
    settled = 0
  }
}
