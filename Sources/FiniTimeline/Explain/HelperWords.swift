internal import FiniCatalogue
internal import FiniModel
internal import FiniProof

/// What a program that CRIU started, such as iptables-restore, wrote before it failed: it stands in CRIU's log
/// between CRIU's own lines, as it was printed.
struct HelperWords {
  /// The line that says why.
  let text: String
  /// Its event.
  let event: UInt32
  /// What it says, as a sentence without a full stop.
  let sentence: String
  /// What to do, a sentence each.
  let advice: [String]

  private static let programs = [
    "ip6tables-restore", "iptables-restore", "ip6tables", "iptables", "nft", "tar", "ip", "mount",
  ]

  /// The words before an error that passes on that a helper ended with a status; `nil` if there are none.
  init?(before error: ToldLine, _ reading: CaseReading) {
    let events = reading.events
    guard let place = events.firstIndex(where: { $0.sequence == error.event.sequence }) else {
      return nil
    }
    if let after = HelperWords.after(place, error, reading) {
      (text, event) = after
      sentence = "CRIU's helper \(ToldLine.cut(HelperWords.bare(text), to: 90))"
      advice = HelperWords.advice(on: text, error)
      return
    }
    guard
      let ended = HelperWords.end(at: place, events, reading)
        ?? HelperWords.endBeforeWords(at: place, events, reading)
    else { return nil }
    let words = events[..<ended.words].reversed().prefix(4).prefix { event in
      guard let text = reading.texts[event.sequence] else { return false }
      switch event.payload {
      // A rule across the page, of a test's runner, says nothing.
      case .unparsed: return !text.contains("----") && !text.contains("====")
      // nft begins its words as crun and podman do.
      case .log: return text.hasPrefix("Error: ")
      default: return false
      }
    }
    let telling = words.filter { HelperWords.tells(reading.texts[$0.sequence]) }
    let loudest = telling.first { reading.texts[$0.sequence]?.hasPrefix("Error") ?? false }
    guard let last = loudest ?? telling.first, let line = reading.texts[last.sequence] else {
      return nil
    }
    let name = HelperWords.name(
      in: words.compactMap { reading.texts[$0.sequence] } + [error.message.text]
        + HelperWords.before(ended.words - words.count, events, reading))
    text = HelperWords.plain(line)
    event = last.sequence
    advice = HelperWords.advice(on: text, error)
    sentence =
      "\(name.map { "CRIU's helper \($0)" } ?? "a helper program of CRIU") ended with status \(ended.status): \(ToldLine.cut(HelperWords.bare(text), to: 70))"
  }

  /// The words of a helper that came out after the error that tells of its end: `iptables: Bad rule`. They begin with
  /// the helper's name.
  private static func after(
    _ place: Int, _ error: ToldLine, _ reading: CaseReading
  ) -> (text: String, event: UInt32)? {
    let next = place + 1
    guard error.match?.entry.stage == "network" || error.match == nil, next < reading.events.count,
      case .unparsed = reading.events[next].payload,
      let line = reading.texts[reading.events[next].sequence]
    else { return nil }
    let text = plain(line)
    guard programs.contains(where: { text.hasPrefix("\($0): ") || text.hasPrefix("\($0) v") })
    else {
      return nil
    }
    return (text, reading.events[next].sequence)
  }

  /// What the catalogue advises on the helper's words, else on the error.
  private static func advice(on text: String, _ error: ToldLine) -> [String] {
    if let known = Catalogue.standard.match(text)?.advice, !known.isEmpty { return known }
    if let known = error.match?.advice, !known.isEmpty { return known }
    return [
      "Run that helper by hand, as the same user and in the same namespaces: nsenter -t PID -n ..."
    ]
  }

  /// `exited, status=4`: the error itself, or the line before it.
  private static func end(
    at place: Int, _ events: [Event], _ reading: CaseReading
  ) -> (words: Int, status: Int32)? {
    for candidate in [place, place - 1] where candidate >= 0 {
      guard case .log(let record) = events[candidate].payload,
        case .exitedWith(let status) = record.fact,
        !(reading.told(events[candidate])?.startsWithTask ?? true)
      else { continue }
      return (candidate, status)
    }
    return nil
  }

  /// The same, where the helper's words came out after the line that tells of its end, and just before the error.
  private static func endBeforeWords(
    at place: Int, _ events: [Event], _ reading: CaseReading
  ) -> (words: Int, status: Int32)? {
    let before = events[..<place].reversed().drop {
      $0.kind == .unparsed || reading.texts[$0.sequence]?.hasPrefix("Error: ") ?? false
    }
    guard let last = before.first, last.sequence + 1 < events[place].sequence,
      let found = events.firstIndex(where: { $0.sequence == last.sequence }),
      let ended = end(at: found, events, reading)
    else { return nil }
    return (place, ended.status)
  }

  /// Whether a line has words, and is no mark below another one (`^^^^`).
  private static func tells(_ line: String?) -> Bool { line?.contains(where: \.isLetter) ?? false }

  /// CRIU's own line before those of the helper, which may say what it was about to run.
  private static func before(
    _ place: Int, _ events: [Event], _ reading: CaseReading
  ) -> [String] {
    guard place > 0, let text = reading.texts[events[place - 1].sequence] else { return [] }
    return [text]
  }

  private static func name(in texts: [String]) -> String? {
    for text in texts {
      let words = text.split { !($0.isLetter || $0.isNumber || $0 == "-") }
      if let found = programs.first(where: { words.contains(Substring($0)) }) { return found }
    }
    return nil
  }

  /// Without full stops at its end: the sentence that it ends has its own.
  private static func bare(_ text: String) -> String {
    var text = text
    while text.hasSuffix(".") { text.removeLast() }
    return text
  }

  /// Without what a test's runner puts around each line: `b'...'`.
  private static func plain(_ line: String) -> String {
    var text = line[...]
    if text.hasPrefix("b'") || text.hasPrefix("b\"") { text = text.dropFirst(2).dropLast() }
    while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
    return String(text)
  }
}
