/// The sequence numbers of one run: the cures of a tree share them.
final class EventNumbering {
  /// The number given last; 0 before the first.
  private(set) var last: UInt32 = 0

  func next() -> UInt32 {
    last += 1
    return last
  }
}
