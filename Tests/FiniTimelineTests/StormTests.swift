import FiniEventScripts
import FiniModel
import FiniTimeline
import Foundation
import Testing

/// Traces with thousands of the same: the rules pass over the events, and not over all of them for each.
@Suite struct StormTests {
  /// Each is made with so many rounds, and with four times as many.
  private static let rounds = 1500
  /// Four where time grows with the length, sixteen where it grows with its square.
  private static let most = 9.0

  /// A tracer whose every request is refused.
  private static func refused(_ rounds: Int) -> EventScript {
    .told(by: .strace) {
      $0.take()
      $0.request(.cont)
      for _ in 0..<rounds { $0.request(.getRegisters, result: -3) }
      $0.endTracer(.exited(code: 1))
    }
  }

  /// A program that forks, and children that are met and end.
  private static func forking(_ rounds: Int) -> EventScript {
    .told(by: .strace) {
      let parent = $0.tracee
      $0.take()
      for index in 0..<rounds {
        $0.tracee = parent
        $0.request(.cont)
        $0.request(.getEventMessage, 0, UInt64(5000 + index))
        $0.stop(.event(.fork), status: 0x1057f)
        $0.tracee = TaskID(Int32(5000 + index))
        $0.stop(.interrupt, status: 0x80057f)
        $0.request(.cont)
        $0.add(.ended(.exited(code: 0)))
      }
      $0.tracee = parent
      $0.request(.detach)
      $0.endTracer(.exited(code: 0))
    }
  }

  /// The processor's time of this thread, in ns: what other tests do meanwhile does not count.
  private static func cost(_ script: EventScript) -> Double {
    func now() -> Double {
      var time = timespec()
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
      return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
    }
    let begin = now()
    _ = Explanation(of: Timeline(reading: script.events))
    return now() - begin
  }

  @Test("To explain four times as many takes about four times as long")
  func growth() {
    for (name, make) in [("refused", StormTests.refused), ("forking", StormTests.forking)] {
      let short = StormTests.cost(make(StormTests.rounds))
      let long = StormTests.cost(make(4 * StormTests.rounds))
      #expect(long / short < StormTests.most, "\(name): \(short) and \(long) ns")
    }
  }
}
