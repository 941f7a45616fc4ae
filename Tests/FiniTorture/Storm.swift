import Dispatch
import FiniTestSupport
import Foundation
import Synchronization

/// Sends signals from its own thread, each to a victim and to its twin.
final class Storm: Sendable {
  /// The contents of one cure's storm.
  struct Round: Sendable {
    var victim: LiveProcessNumbers
    var twin: LiveProcessNumbers
    /// Signals that the program notices, sent by kill, tgkill or, if real-time, sigqueue.
    var signals: [Int32]
    /// Whether SIGTRAP may be sent to the cured thread. There it shares a queue with the trap of a
    /// breakpoint, and a SIGTRAP between the hit and the stop is merged with it by the kernel: one
    /// in some 170,000 cures, docs/Decisions/0014.
    var trapsToThread: Bool
    /// Whether SIGCONT follows each SIGSTOP.
    var continues: Bool
    var seed: UInt64
    /// The largest number of ``signals``.
    var limit: Int
  }

  /// The target: a process and the thread of it that is being cured.
  struct LiveProcessNumbers: Sendable {
    var process: Int32
    var task: Int32
  }

  /// What was sent in a round.
  struct Sent: Sendable {
    var count = 0
    var sum: Int32 = 0
    /// The same in words, in order.
    var words: [String] = []
  }

  private struct State: Sendable {
    var round: Round?
    var sent = Sent()
  }
  private let state = Mutex(State())
  private let mayRage = Atomic<Bool>(false)
  private let begin = DispatchSemaphore(value: 0)
  private let ended = DispatchSemaphore(value: 0)

  init() {
    Thread.detachNewThread { [self] in
      while true {
        begin.wait()
        guard let round = state.withLock({ $0.round }) else { continue }
        let sent = rage(round)
        state.withLock { $0.sent = sent }
        ended.signal()
      }
    }
  }

  /// Starts it.
  func start(_ round: Round) {
    state.withLock { $0.round = round }
    mayRage.store(true, ordering: .releasing)
    begin.signal()
  }

  /// Ends it: after that no signal is sent.
  func stop() -> Sent {
    mayRage.store(false, ordering: .releasing)
    ended.wait()
    return state.withLock { $0.sent }
  }

  private func rage(_ round: Round) -> Sent {
    var random = SplitMix64(seed: round.seed)
    var sent = Sent()
    pause(UInt32.random(in: 0..<900, using: &random))
    while mayRage.load(ordering: .acquiring) {
      let choice = Int.random(in: 0..<10, using: &random)
      if choice < 5, !round.signals.isEmpty {
        if sent.count < round.limit {
          let signal = round.signals[Int.random(in: 0..<round.signals.count, using: &random)]
          send(signal, round, &sent, &random)
        }
      } else if choice < 8 {
        both(19, round, &sent)
        if round.continues {
          // Short pauses fall between the steps of a cure, long ones span it.
          pause(UInt32.random(in: 0..<(choice == 5 ? 3000 : 300), using: &random))
          both(18, round, &sent)
        }
      } else {
        both(choice == 8 ? 28 : 23, round, &sent)
      }
      let longest: UInt32 = Bool.random(using: &random) ? 3000 : 300
      pause(UInt32.random(in: 0..<longest, using: &random))
    }
    return sent
  }

  private func send(
    _ signal: Int32, _ round: Round, _ sent: inout Sent, _ random: inout SplitMix64
  ) {
    sent.count += 1
    if signal >= 34 {
      // Several at once: the kernel queues these, in order.
      let value = Int32.random(in: 1..<1000, using: &random)
      sent.sum += value
      Doors.queue(round.victim.process, signal, value: value)
      Doors.queue(round.twin.process, signal, value: value)
      sent.words.append("queue \(signal) \(value)")
    } else if signal == 5 && !round.trapsToThread || Bool.random(using: &random) {
      both(signal, round, &sent)
    } else {
      Doors.tgkill(round.victim.process, round.victim.task, signal)
      Doors.tgkill(round.twin.process, round.twin.task, signal)
      sent.words.append("tgkill \(signal)")
    }
  }

  private func both(_ signal: Int32, _ round: Round, _ sent: inout Sent) {
    Doors.kill(round.victim.process, signal)
    Doors.kill(round.twin.process, signal)
    sent.words.append("kill \(signal)")
  }

  private func pause(_ microseconds: UInt32) {
    if microseconds > 0 { usleep(microseconds) }
  }
}
