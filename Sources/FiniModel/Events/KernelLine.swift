/// What the kernel says in its own log about a task that a tracer worked on: users add such lines to a log.
package struct KernelLine: Hashable, Sendable {
  /// What it says.
  package enum Fact: Hashable, Sendable {
    /// A signal frame was refused, which ends the task by SIGSEGV.
    case badFrame
    /// A fault that ends the task unless it handles this signal.
    case fault(Signal)
    /// The kernel ended it because memory was short.
    case outOfMemory
    /// A security module denied something.
    case denied
  }

  /// What it says.
  package var fact: Fact
  /// The task; `nil` if the line names none.
  package var task: TaskID?
  /// The name of its program.
  package var name: String?

  /// Reads a line.
  package init?(_ text: String) {
    let bytes = Array(text.utf8)
    self.init(bytes, 0..<bytes.count)
  }

  /// Reads the bytes of a line; `nil` if it is none of these.
  package init?(_ bytes: [UInt8], _ range: Range<Int>) {
    let line = LogCursor(bytes, range)
    if let place = line.find("bad frame in") {
      fact = .badFrame
      owner(before: place, line)
    } else if let place = line.find(" segfault at ") {
      fact = .fault(.segmentation)
      owner(before: place, line)
    } else if let place = line.find("Killed process ") {
      fact = .outOfMemory
      var here = line
      here.at = place + 15
      guard let number = here.decimal() else { return nil }
      task = Int32(exactly: number).map { TaskID($0) }
      if here.take(" ("), let close = here.place(of: UInt8(ascii: ")")) {
        name = String(decoding: bytes[here.at..<close], as: UTF8.self)
      }
    } else if line.contains("apparmor=\"DENIED\"") || line.contains("avc:  denied") {
      fact = .denied
      var here = line
      if let place = line.find(" pid=") {
        here.at = place + 5
        task = here.decimal().flatMap { Int32(exactly: $0) }.map { TaskID($0) }
      }
      if let place = line.find("comm=\"") {
        here.at = place + 6
        if let close = here.place(of: UInt8(ascii: "\"")) {
          name = String(decoding: bytes[here.at..<close], as: UTF8.self)
        }
      }
    } else if let place = line.find("traps: ") ?? line.find("] trap "),
      let signal = KernelLine.trap(line)
    {
      fact = .fault(signal)
      var here = line
      here.at = place
      guard let close = here.place(of: UInt8(ascii: "]")) else { return nil }
      owner(before: close + 1, line)
    } else {
      return nil
    }
  }

  /// The signal of a trap, by the kernel's words for it.
  private static func trap(_ line: LogCursor) -> Signal? {
    let known: [(StaticString, Signal)] = [
      ("trap int3", .trap), ("general protection", .segmentation),
      ("invalid opcode", .illegalInstruction),
      ("divide error", .floatingPoint), ("stack segment", .bus), ("bounds", .segmentation),
    ]
    return known.first { line.contains($0.0) }?.1
  }

  /// `demo[9210]`, with a colon or without, directly before a place.
  private mutating func owner(before place: Int, _ line: LogCursor) {
    var end = place
    while end > line.at,
      line.bytes[end - 1] == UInt8(ascii: " ") || line.bytes[end - 1] == UInt8(ascii: ":")
    {
      end -= 1
    }
    guard end > line.at, line.bytes[end - 1] == UInt8(ascii: "]") else { return }
    var begin = end - 1
    while begin > line.at, LogCursor.isDigit(line.bytes[begin - 1]) { begin -= 1 }
    var number = line
    number.at = begin
    guard begin > line.at, line.bytes[begin - 1] == UInt8(ascii: "["), let told = number.decimal(),
      let id = Int32(exactly: told)
    else { return }
    task = TaskID(id)
    var start = begin - 1
    // A name may have blanks in it. Before it stand `] `, `: ` or the start of the line.
    while start > line.at {
      let before = line.bytes[start - 1]
      if start >= line.at + 2, before == UInt8(ascii: " "),
        line.bytes[start - 2] == UInt8(ascii: "]") || line.bytes[start - 2] == UInt8(ascii: ":")
      {
        break
      }
      start -= 1
    }
    name = String(decoding: line.bytes[start..<begin - 1], as: UTF8.self)
  }
}
