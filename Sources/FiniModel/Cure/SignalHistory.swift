/// All that was seen of one signal of the tracee; the numbers are sequences of events.
package struct SignalHistory: Hashable, Sendable {
  /// The signal.
  package var signal: Signal
  /// The stop at which it was first found in a pending set.
  package var firstPending: UInt32?
  /// The first event that shows it in any way.
  package var firstSeen: UInt32
  /// A siginfo of it, if one was seen; a later one replaces one that says less.
  package var info: SignalInfo?
  /// The signal-delivery-stops that it caused.
  package var deliveryStops: [UInt32] = []
  /// What happened to it last, or `nil` if only a stop shows it.
  package var fate: SignalRecord.Fate?
  /// The event that shows the fate.
  package var fateEvent: UInt32?

  /// Who sent it, where a siginfo says so.
  package var sender: TaskID? { info?.sender }

  package init(_ signal: Signal, seenAt sequence: UInt32) {
    self.signal = signal
    firstSeen = sequence
  }

  /// Takes a siginfo of it.
  package mutating func learn(_ info: SignalInfo) {
    // That the signal is there is all that is known of it.
    guard info.code != .unknown else { return }
    if self.info == nil || (self.info?.sender == nil && info.sender != nil) { self.info = info }
  }
}
