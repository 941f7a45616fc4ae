import CFiniTestSupport
import Foundation

/// Something that a test waited for and that did not come.
public struct WaitedInVain: Error, CustomStringConvertible {
  /// What was awaited.
  public var awaited: String
  /// For how long, in milliseconds.
  public var time: Int
  /// What was seen instead at the last look.
  public var lastSeen: String

  /// Makes one.
  public init(awaited: String, time: Int, lastSeen: String) {
    self.awaited = awaited
    self.time = time
    self.lastSeen = lastSeen
  }

  /// One line.
  public var description: String {
    "waited for \(time) ms in vain: \(awaited); last seen: \(lastSeen)"
  }
}

/// Looks again and again until what it sees is what was awaited, and returns that.
///
/// The one way to wait for what no event tells. The time is for a machine that is busy with
/// something else: it costs nothing where the awaited comes.
///
/// - Parameters:
///   - awaited: what is awaited, for the message.
///   - time: the longest that it may take, in milliseconds.
///   - look: takes one look.
///   - isThere: whether that is it.
/// - Throws: ``WaitedInVain``; whatever `look` throws.
@discardableResult
public func eventually<Seen>(
  _ awaited: String, within time: Int = 20_000, seeing look: () throws -> Seen,
  _ isThere: (Seen) throws -> Bool
) throws -> Seen {
  let end = test_milliseconds() + UInt64(time)
  while true {
    // One look after the end: the time may have gone by without us.
    let isLast = test_milliseconds() >= end
    let seen = try look()
    if try isThere(seen) { return seen }
    if isLast { throw WaitedInVain(awaited: awaited, time: time, lastSeen: "\(seen)") }
    usleep(1000)
  }
}

extension InProc {
  /// Waits until its state is one of these.
  public func settle(in letters: Set<Character>, within time: Int = 20_000) throws {
    try eventually(
      "\(pid) in state \(letters.map(String.init).sorted().joined(separator: " or "))",
      within: time, seeing: { state }
    ) { letters.contains($0) }
  }
}

/// A function for shell scripts of tests: `eventually SECONDS COMMAND...` tries a command until it
/// succeeds; after that time it says what it waited for and ends the script with status 99.
public let shellEventually = """
  eventually() {
    tries=$(($1 * 50)); shift
    until "$@"; do
      tries=$((tries - 1))
      [ $tries -gt 0 ] || { echo "waited in vain: $*" >&2; exit 99; }
      sleep 0.02
    done
  }

  """
