/// One line of a log, taken apart for a person: who says it, how serious it is, and the message alone.
///
/// It is made from the stored text of an event of kind `log`, which is the line as it was in the input.
package struct LogMessage: Hashable, Sendable {
  /// Who wrote a line.
  package enum Speaker: Hashable, Sendable {
    /// CRIU, of its own work.
    case criu
    /// A program that uses libcompel.
    case compel
    /// The parasite, or the restorer, in the task.
    case parasite
    /// A program that started CRIU, such as podman or runc, or another program that uses ptrace: its name, if the line
    /// tells it. What started CRIU knows of its work only what CRIU's exit status says.
    case wrapper(name: String?)
    /// The kernel, in its own log.
    case kernel
    /// The line does not tell.
    case unknown
  }

  /// Who wrote it.
  package var speaker: Speaker
  /// How serious it is for its speaker.
  package var severity: LogRecord.Severity
  /// Nanoseconds since the tracer started.
  package var time: Int64?
  /// The source file, as `criu/tty.c`; it changes between versions.
  package var file: String?
  /// The line in that file.
  package var line: Int?
  /// The task of the prefix: the restored one, or the parasite's.
  package var task: TaskID?
  /// The message, without time, task, level, place, and without what other programs have put around it.
  package var text: String

  /// Takes a line apart. Every line can be.
  package init(_ line: String) {
    let bytes = LogMessage.plain(Array(line.utf8))
    var range = 0..<bytes.count
    let parts = LogParts(bytes, range)
    time = parts.time
    task = parts.number.flatMap { $0 > 0 ? TaskID($0) : nil }
    severity = parts.severity
    if let place = parts.place {
      let words = String(decoding: bytes[place], as: UTF8.self)
      let cut = words.lastIndex(of: ":")
      file = cut.map { String(words[..<$0]) }
      self.line = cut.flatMap { Int(words[words.index(after: $0)...]) }
    }
    let whole = LogCursor(bytes, range)
    if parts.isOwn {
      speaker = parts.isParasite ? .parasite : parts.isCompel ? .compel : .criu
      range = parts.message
    } else if KernelLine(bytes, range) != nil {
      speaker = .kernel
      severity = .error
      range = LogMessage.withoutStamp(whole)
    } else if let wrapper = WrapperLine(whole) {
      speaker = .wrapper(name: wrapper.name)
      severity = wrapper.severity
      range = wrapper.message
    } else {
      // Text that mentions CRIU is not CRIU's.
      var here = whole
      here.skipBlanks()
      speaker = here.isNext("CRIU") || here.isNext("criu: ") ? .criu : .unknown
      range = parts.message
    }
    text = LogMessage.unescaped(bytes[range])
    // What youki adds to CRIU's words, on a line of its own: `\n error:0`.
    text = LogMessage.withoutNumber(text)
    // What containerd adds to each error of which it knows no kind, also behind a path.
    if case .wrapper = speaker, text.hasSuffix(": unknown") { text.removeLast(9) }
  }

  private static func withoutNumber(_ text: String) -> String {
    guard let place = text.firstRange(of: "  error:"),
      text[place.upperBound...].prefix(while: \.isNumber).isEmpty == false
    else { return text }
    return String(text[..<place.lowerBound])
  }

  /// What stands around a line on a terminal and in a web page: escape sequences, `&lt;`.
  private static func plain(_ bytes: [UInt8]) -> [UInt8] {
    guard bytes.contains(0x1b) || bytes.contains(UInt8(ascii: "&")) else { return bytes }
    return LogMarks.removed(from: bytes[...])
  }

  /// The kernel's own time, `[  410.100000] `, and what a journal puts before it.
  private static func withoutStamp(_ line: LogCursor) -> Range<Int> {
    var here = line
    here.skipBlanks()
    if let place = here.find("kernel: ") { here.at = place + 8 }
    if here.take("[") {
      while let byte = here.next, byte != UInt8(ascii: "]") { here.at += 1 }
      if here.take("] ") { return here.at..<here.end }
      return line.at..<line.end
    }
    return here.at..<here.end
  }

  /// A string in another program's quotes, and the tidy form of a line: no blanks around it, no line end in it.
  private static func unescaped(_ bytes: ArraySlice<UInt8>) -> String {
    var found: [UInt8] = []
    var place = bytes.startIndex
    while place < bytes.endIndex {
      let byte = bytes[place]
      if byte == UInt8(ascii: "\\"), place + 1 < bytes.endIndex {
        let escaped = bytes[place + 1]
        if escaped == UInt8(ascii: "\"") || escaped == UInt8(ascii: "n") {
          found.append(escaped == UInt8(ascii: "n") ? UInt8(ascii: " ") : escaped)
          place += 2
          continue
        }
      }
      found.append(byte < 0x20 ? UInt8(ascii: " ") : byte)
      place += 1
    }
    let blank = UInt8(ascii: " ")
    while found.last == blank { found.removeLast() }
    return String(decoding: found.drop { $0 == blank }, as: UTF8.self)
  }
}
