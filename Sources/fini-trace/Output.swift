import FiniRender
import Glibc

/// Standard output as a sink for renderers; stdout is data.
///
/// It writes by itself because Swift's print is buffered without an end when the program traps. A
/// reader that has left ends the program quietly.
struct Output: TextOutputStream {
  private var pending: [UInt8] = []

  mutating func write(_ string: String) {
    pending.append(contentsOf: string.utf8)
    if pending.count >= 65_536 { flush() }
  }

  mutating func flush() {
    Output.writeAll(pending, to: STDOUT_FILENO)
    pending.removeAll(keepingCapacity: true)
  }

  static func writeAll(_ bytes: [UInt8], to descriptor: Int32) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 {
        if errno == EINTR { continue }
        // EPIPE: nobody reads on, and nobody is to be told. Anything else is a failed command.
        exit(errno == EPIPE ? 0 : 1)
      }
      rest = rest.dropFirst(count)
    }
  }
}

/// Standard error; stderr is messages.
enum Message {
  /// Writes one line, with what came from elsewhere made harmless.
  static func write(_ line: String) {
    Output.writeAll(
      Array(("fini-trace: " + Escaped(line).description + "\n").utf8), to: STDERR_FILENO)
  }
}
