import ArgumentParser
import FiniModel
import FiniRender
import FiniSession
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

  /// Writes a report for a person, or for a program.
  static func write(_ report: some Report, asJSON: Bool, style: TextStyle = TextStyle()) {
    var output = Output()
    if asJSON {
      report.writeJSON(to: &output)
    } else {
      report.write(to: &output, style: style)
    }
    output.flush()
  }

  static func writeAll(_ bytes: [UInt8], to descriptor: Int32) {
    do { try ByteWriting.write(bytes, to: descriptor) } catch {
      // The reader has left, which is no error.
      if error.rawValue == EPIPE { exit(0) }
      if descriptor == STDOUT_FILENO { Message.write("standard output: \(error.meaning)") }
      exit(ExitStatus.cantWrite.rawValue)
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

  /// Writes what a session tells while it is under way.
  static func write(_ notice: Notice) { for line in notice.lines { write(line) } }
}

extension ExitCode {
  /// An exit status, after its reason is told in one line.
  init(_ status: ExitStatus, because message: String) {
    Message.write(message)
    self.init(status.rawValue)
  }

  init(_ status: ExitStatus) { self.init(status.rawValue) }
}

/// Shows how far a command is, where standard error is a terminal.
struct ShownProgress {
  private let isShown = isatty(STDERR_FILENO) == 1
  private var progress = Progress()

  /// Shows a part of 1; `nil` takes away what is shown.
  mutating func show(_ part: Double?) {
    guard isShown, let text = progress.text(part) else { return }
    Output.writeAll(Array(text.utf8), to: STDERR_FILENO)
  }
}
