/// Turns strace's time stamps into one clock. They may count from midnight or from the line before.
struct StraceClock {
  private static let day: Int64 = 86_400_000_000_000
  private var last: Int64?
  private var sum: Int64 = 0
  private var days: Int64 = 0

  mutating func read(_ stamp: StraceLine.Stamp?) -> Int64? {
    switch stamp {
    case .epoch(let time): return time
    case .since(let pause):
      let (total, overflow) = sum.addingReportingOverflow(pause)
      if !overflow { sum = total }
      return sum
    case .clock(let time):
      // A jump back of half a day means midnight. A small one only means another processor's clock.
      if let last, last - time > StraceClock.day / 2 { days += 1 }
      last = time
      return days * StraceClock.day + time
    case nil: return nil
    }
  }
}
