import CFiniTestSupport
import Foundation

/// A test waited for something that did not come.
package struct WaitedInVain: Error, CustomStringConvertible {
  /// What was awaited.
  package var awaited: String
  /// For how long, in milliseconds.
  package var time: Int
  /// What the last attempt found instead.
  package var lastSeen: String

  package init(awaited: String, time: Int, lastSeen: String) {
    self.awaited = awaited
    self.time = time
    self.lastSeen = lastSeen
  }

  /// The error as one line.
  package var description: String {
    "waited for \(time) ms in vain: \(awaited); last seen: \(lastSeen)"
  }
}

/// Reads again and again until the value is the awaited one, and returns that.
///
/// This is the only way to wait for something without an event. The time allows for a busy machine:
/// it costs nothing if the awaited value comes.
///
/// - Parameters:
///   - awaited: what is awaited, for the message.
///   - time: the longest that it may take, in milliseconds.
///   - look: reads once.
///   - isThere: whether that is it.
/// - Throws: ``WaitedInVain``; any error of `look`.
@discardableResult
package func eventually<Seen>(
  _ awaited: String, within time: Int = 20_000, seeing look: () throws -> Seen,
  _ isThere: (Seen) throws -> Bool
) throws -> Seen {
  let end = test_milliseconds() + UInt64(time)
  while true {
    // One read after the end of the time: this process may not have run meanwhile.
    let isLast = test_milliseconds() >= end
    let seen = try look()
    if try isThere(seen) { return seen }
    if isLast { throw WaitedInVain(awaited: awaited, time: time, lastSeen: "\(seen)") }
    usleep(1000)
  }
}

extension InProc {
  /// Waits until its state is one of these.
  package func settle(in letters: Set<Character>, within time: Int = 20_000) throws {
    try eventually(
      "\(pid) in state \(letters.map(String.init).sorted().joined(separator: " or "))",
      within: time, seeing: { state }
    ) { letters.contains($0) }
  }
}

/// A function for shell scripts of tests: `eventually SECONDS COMMAND...` tries a command until it
/// succeeds. After that time it prints what it waited for and ends the script with status 99.
package let shellEventually = """
  eventually() {
    tries=$(($1 * 50)); shift
    until "$@"; do
      tries=$((tries - 1))
      [ $tries -gt 0 ] || { echo "waited in vain: $*" >&2; exit 99; }
      sleep 0.02
    done
  }

  """
