import CFiniTestSupport
import FiniModel

/// A child of the test with pipes to talk to it. It is ended and waited for only by its number.
package final class LiveProcess {
  /// Its number.
  package let pid: Int32
  private var input: Int32
  private let output: Int32
  private var unread: [UInt8] = []
  private var status: Int32?
  private var isReaped = false

  /// Starts a program.
  package init(path: String, words: [String], environment: [String] = []) throws {
    var pid: Int32 = 0
    var input: Int32 = -1
    var output: Int32 = -1
    // A victim ends with its stdin; PR_SET_PDEATHSIG would end it with the thread that made it.
    let names = environment + ["VICTIM_MAY_OUTLIVE=1", "PATH=/usr/bin:/bin", "LC_ALL=C"]
    let error = withCStrings(words) { words in
      withCStrings(names) { test_spawn(path, words, $0, &pid, &input, &output) }
    }
    guard error == 0 else { throw TestSupportError.setUp("\(path): error \(error)") }
    self.pid = pid
    self.input = input
    self.output = output
  }

  deinit {
    closeInput()
    _ = test_close(output)
    if !isReaped { end() }
  }

  /// Its number as a ``TaskID``.
  package var task: TaskID { TaskID(pid) }

  /// Writes a line to its stdin.
  package func say(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    _ = test_write(input, bytes, UInt64(bytes.count))
  }

  /// Closes its stdin.
  package func closeInput() {
    if input >= 0 { _ = test_close(input) }
    input = -1
  }

  /// The next line of its stdout, or `nil` after `timeout` ms or at the end.
  package func nextLine(within timeout: Int = 5000) -> String? {
    let end = test_milliseconds() + UInt64(timeout)
    while true {
      if let newline = unread.firstIndex(of: 0x0a) {
        let line = String(decoding: unread[0..<newline], as: UTF8.self)
        unread.removeFirst(newline + 1)
        return line
      }
      let now = test_milliseconds()
      if now >= end || !readMore(Int32(end - now)) { return nil }
    }
  }

  /// Writes a line and reads the next one.
  package func ask(_ line: String, within timeout: Int = 5000) -> String? {
    say(line)
    return nextLine(within: timeout)
  }

  /// All lines up to `last`, without it.
  package func lines(until last: String) -> [String] {
    var lines: [String] = []
    while let line = nextLine(), line != last { lines.append(line) }
    return lines
  }

  /// Everything that it writes until it closes its stdout.
  package func rest(within timeout: Int) -> String {
    let end = test_milliseconds() + UInt64(timeout)
    while true {
      let now = test_milliseconds()
      if now >= end || !readMore(Int32(end - now)) { break }
    }
    defer { unread = [] }
    return String(decoding: unread, as: UTF8.self)
  }

  private func readMore(_ timeout: Int32) -> Bool {
    var room = [UInt8](repeating: 0, count: 65_536)
    let count = test_read(output, &room, UInt64(room.count), timeout)
    if count > 0 { unread += room[0..<Int(count)] }
    return count > 0
  }

  /// The lines of its stdout that are there already, without waiting.
  package var linesAtHand: [String] {
    var lines: [String] = []
    while readMore(0) {}
    while unread.contains(0x0a), let line = nextLine(within: 0) { lines.append(line) }
    return lines
  }

  /// Sends a signal to the process.
  package func signal(_ number: Int32) { _ = test_kill(pid, number) }

  /// Queues a signal with a value.
  package func queue(_ number: Int32, value: Int32) { _ = test_sigqueue(pid, number, value) }

  /// Waits until it has ended: its exit status, 128 + n for a signal, `nil` after `timeout` ms.
  package func waitForEnd(within timeout: Int32) -> Int32? {
    if isReaped { return status }
    var word: Int32 = 0
    let result = test_wait(pid, timeout, &word)
    if result == 0 { return nil }
    isReaped = true
    // Its tracer may have reaped it first.
    if result < 0 { return nil }
    status = word & 0x7f == 0 ? word >> 8 & 0xff : 128 + (word & 0x7f)
    return status
  }

  /// Kills it and waits for it.
  package func end() {
    guard !isReaped else { return }
    signal(9)
    _ = waitForEnd(within: 5000)
  }
}

func withCStrings<Value>(
  _ words: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Value
) -> Value {
  let copies = words.map { word in
    let bytes = Array(word.utf8CString)
    let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
    copy.initialize(from: bytes, count: bytes.count)
    return copy
  }
  defer { copies.forEach { $0.deallocate() } }
  var pointers: [UnsafeMutablePointer<CChar>?] = copies
  pointers.append(nil)
  return pointers.withUnsafeBufferPointer { buffer in
    guard let start = buffer.baseAddress else { preconditionFailure("an array without an address") }
    return body(start)
  }
}
