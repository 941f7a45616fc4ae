internal import FiniCatalogue
internal import FiniModel
internal import FiniProof

/// A line of the tracer's log, with its message and what the catalogue says of it.
struct ToldLine {
  let event: Event
  let record: LogRecord
  let message: LogMessage
  /// The entry that the message is.
  let match: CatalogueEntry.Match?

  /// Reads a line.
  ///
  /// - Parameter next: the line after it, if that is no message of its own.
  init(_ event: Event, _ record: LogRecord, text: String?, next: String? = nil) {
    self.event = event
    self.record = record
    let own = LogMessage(text ?? "")
    let found = text == nil ? nil : Catalogue.standard.match(own.text)
    let whole =
      record.severity == .error
      ? text.flatMap { text in next.flatMap { ToldLine.joined(text, $0, found) } } : nil
    message = whole?.message ?? own
    match = whole?.match ?? found
  }

  /// A message that a terminal or a page wrapped, as it was before that: what is known of the two lines together must
  /// be more than what is known of the first, and the second must be nothing by itself.
  private static func joined(
    _ text: String, _ next: String, _ alone: CatalogueEntry.Match?
  ) -> (message: LogMessage, match: CatalogueEntry.Match)? {
    let rest = next.drop { $0 == " " || $0 == "\t" }
    guard let first = rest.first, first.isLetter || first.isNumber || first == "/" || first == ":",
      Catalogue.standard.match(String(rest)) == nil
    else { return nil }
    for middle in ["", " "] {
      let message = LogMessage(text + middle + rest)
      guard let match = Catalogue.standard.match(message.text) else { continue }
      guard let alone else { return (message, match) }
      let tells = match.errno != nil && alone.errno == nil
      let isSame = match.entry.format == alone.entry.format
      if isSame ? tells : match.ownBytes > alone.ownBytes { return (message, match) }
    }
    return nil
  }

  /// Whether it can be the cause of a failed run: it is not the echo of another error, and no supposition.
  var isCause: Bool {
    if isCutShort { return false }
    switch record.fact {
    case .text: break
    // `exited, status=4` without a number before it is of a helper program, and of no task.
    case .exitedWith where !startsWithTask: break
    // What a rule reads is the rule's.
    default: return false
    }
    switch match?.entry.kind {
    case .error?, .reason?: return true
    case .consequence?, .warning?, .guess?: return false
    case nil: return !isOfWrapper
    }
  }

  /// Whether strace has left next to nothing of it: its `-s` cuts what is written.
  var isCutShort: Bool { match == nil && message.text.count < 8 }

  /// Whether its message begins with the number of a task.
  var startsWithTask: Bool { message.text.first.map { $0.isASCII && $0.isNumber } ?? false }

  /// Whether a program that started the tracer says it.
  var isOfWrapper: Bool {
    if case .wrapper = message.speaker { return true }
    return ["podman", "runc", "crun", "docker", "containerd", "cri-o"].contains(match?.entry.tool)
  }

  /// Whether a program that started the tracer says that it failed.
  var isFailureOfWrapper: Bool {
    isOfWrapper && (record.severity == .error || message.severity == .error)
      && match?.entry.kind != .warning
  }

  /// The name of the program that says it.
  var speaker: String {
    switch message.speaker {
    case .wrapper(let name): name ?? match?.entry.tool ?? "unnamed"
    case .compel: "libcompel"
    case .kernel: "the kernel"
    case .criu, .parasite, .unknown: "CRIU"
    }
  }

  /// Its words as a sentence of a report: the message alone, no longer than a headline.
  var words: String { ToldLine.cut(message.text, to: 96) }

  /// Cuts a text between two words.
  static func cut(_ text: String, to count: Int) -> String {
    guard text.count > count else { return text }
    // A long path keeps its end.
    let words: [Substring] = text.split(separator: " ", omittingEmptySubsequences: false)
    let short = words.map { (word: Substring) -> String in
      word.count > 44 && word.contains("/") && !word.contains("=")
        ? "...\(word.suffix(36))" : "\(word)"
    }
    .joined(separator: " ")
    if short.count < text.count { return cut(short, to: count) }
    let part = text.prefix(count - 3)
    let end = part.lastIndex(of: " ") ?? part.endIndex
    var kept = part[..<end]
    while let last = kept.last, " ,:;(".contains(last) { kept.removeLast() }
    return kept + "..."
  }
}

extension ToldLine {
  /// An error that only says which step failed.
  var isGeneralError: Bool {
    record.severity == .error && !isOfWrapper && record.fact != .failed
      && match?.entry.stage != "end" && match?.entry.kind != .guess
  }
}
