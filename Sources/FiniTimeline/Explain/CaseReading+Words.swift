internal import FiniModel

/// How the rules word what they found.
extension CaseReading {
  /// A line as evidence: its own words, or what it says.
  func evidence(_ event: Event, _ words: String) -> Evidence {
    Evidence(event: event.sequence, reason: quote(event) ?? words)
  }

  /// The task that an event is of, else the one that the run is about, as a sentence names it.
  func name(of event: Event) -> String {
    let found = event.tracee.rawValue > 0 ? event.tracee : task
    return found.map { $0.rawValue > 0 ? "task \($0)" : "the task" } ?? "the task"
  }

  /// The text of a line.
  func quote(_ event: Event) -> String? {
    texts[event.sequence].map { "\"\($0.trimmed)\"" }
  }

  /// A time span as a person writes it.
  static func words(nanoseconds: Int64) -> String {
    let microseconds = Double(nanoseconds) / 1000
    if microseconds < 1000 { return "\(Int(microseconds.rounded())) us" }
    let milliseconds = (microseconds / 100).rounded() / 10
    if milliseconds < 1000 { return "\(milliseconds) ms" }
    return "\((milliseconds / 100).rounded() / 10) s"
  }
}

extension String {
  /// Without blanks at both ends, and no longer than a line of a report should be.
  fileprivate var trimmed: String {
    let text = drop { $0 == " " || $0 == "\t" }
    return text.count > 160 ? String(text.prefix(157)) + "..." : String(text)
  }
}
