package import FiniModel

/// Collects what the events tell about the signals of one task: each one's fate, as it is shown and stored.
///
/// What a tracer took and did not give back is another question: see ``TakenSignals``.
package struct SignalReader: Sendable {
  /// The signals, in the order in which they were first seen.
  package private(set) var histories: [SignalHistory] = []
  /// The signal of the last signal-delivery-stop, until the task runs again.
  private var atStop: Signal?

  /// Nothing was seen yet.
  package init() {}

  /// Takes an event of the task.
  package mutating func observe(_ event: Event) {
    switch event.payload {
    case .stop(let record): observe(record, at: event.sequence)
    case .signal(let record):
      change(record.info.signal, at: event.sequence) {
        $0.learn(record.info)
        $0.fate = record.fate
        $0.fateEvent = event.sequence
        if record.fate == .pending, $0.firstPending == nil { $0.firstPending = event.sequence }
      }
    case .request(let call) where call.error == nil:
      observe(call, at: event.sequence)
    default: break
    }
  }

  private mutating func observe(_ record: StopRecord, at sequence: UInt32) {
    atStop = nil
    if record.stopClass == .signalDelivery, let signal = record.signal {
      atStop = signal
      change(signal, at: sequence) {
        $0.deliveryStops.append(sequence)
        if let info = record.info { $0.learn(info) }
      }
    }
    for signal in record.sets?.allPending.signals ?? [] {
      change(signal, at: sequence) {
        if $0.firstPending == nil { $0.firstPending = sequence }
        if $0.fate == nil {
          $0.fate = .pending
          $0.fateEvent = sequence
        }
      }
    }
  }

  private mutating func observe(_ call: RequestCall, at sequence: UInt32) {
    guard call.request.resumes, let signal = atStop else { return }
    atStop = nil
    // The fourth argument of a resume is the signal to deliver; none means that the tracer took it.
    let isDelivered = call.data == UInt64(bitPattern: Int64(signal.rawValue))
    change(signal, at: sequence) {
      // A record of the engine knows better: it may have been taken to be put back later.
      guard isDelivered || $0.fate == nil || $0.fate == .pending else { return }
      $0.fate = isDelivered ? .delivered : .discarded
      $0.fateEvent = sequence
    }
  }

  private mutating func change(
    _ signal: Signal, at sequence: UInt32, _ body: (inout SignalHistory) -> Void
  ) {
    let index: Int
    if let known = histories.firstIndex(where: { $0.signal == signal }) {
      index = known
    } else {
      index = histories.count
      histories.append(SignalHistory(signal, seenAt: sequence))
    }
    body(&histories[index])
  }
}
