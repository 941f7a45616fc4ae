internal import FiniCatalogue
internal import FiniModel
internal import FiniProof

/// What a log says beside its errors.
extension CaseReading {
  /// A test of CRIU's own that failed by what it looked at itself, after a dump and a restore without an error.
  var failedTest: Diagnosis? {
    let line = told.last {
      $0.record.fact == .failed && $0.message.text.contains("FAIL at result check")
    }
    guard let line, let begin = line.message.text.firstRange(of: "Test ") else { return nil }
    let name = line.message.text[begin.upperBound...].prefix { $0 != " " }
    let said = events.first {
      guard $0.sequence > line.event.sequence, let text = texts[$0.sequence] else { return false }
      return text.contains("FAIL: ")
    }
    return Diagnosis(
      .failedWithoutReason, of: nil,
      "the test \(name) found something wrong by its own check; no error of CRIU is here",
      evidence: [evidence(line.event, "the test failed")]
        + (said.map { [evidence($0, "its own words")] } ?? []),
      collect: ["The test's output, and CRIU's dump.log and restore.log at -v4."])
  }

  /// A post-dump script that failed: CRIU ends with its status then and leaves the tasks running, whatever it says of
  /// the dump. (`cr_dump_finish`; ToldErrorsTests.)
  var failedScript: Diagnosis? {
    let words = "Post dump script passed with "
    guard
      let line = told.last(where: { $0.message.text.hasPrefix(words) }),
      let status = Int(line.message.text.dropFirst(words.count)), status != 0
    else { return nil }
    let script = told.last {
      $0.event.sequence < line.event.sequence && $0.match?.entry.name == "start-script"
    }
    let name = script?.match?.captures.first.map { " (\($0))" } ?? ""
    return Diagnosis(
      .tracerError, entry: script?.match?.entry.name, of: nil,
      "the post-dump script\(name) failed with status \(status): CRIU fails with it, though the dump was made",
      evidence: [script, line].compactMap { $0 }.map { evidence($0.event, "the script failed") },
      advice: [
        "The images are whole, and the tasks were left running.",
        "Run the script by hand with CRIU's environment: CRTOOLS_SCRIPT_ACTION=post-dump, CRTOOLS_IMAGE_DIR.",
      ])
  }

  /// What `criu check` found missing, where it is content all the same: a note.
  var missingFeatures: Diagnosis? {
    let lines = told.filter(\.isOfMissingFeature)
    guard isCheck, !lines.isEmpty else { return nil }
    return Diagnosis(
      .tracerError, of: nil, "`criu check` names what is missing, which only some programs need",
      evidence: lines.prefix(12).map { evidence($0.event, "missing") }, isHarmless: true)
  }

  /// The last line of the same module just before an error, if it complains of something.
  func complaint(beside error: ToldLine) -> ToldLine? {
    guard let module = error.module,
      let place = told.firstIndex(where: { $0.event.sequence == error.event.sequence })
    else { return nil }
    return told[..<place].suffix(3).last {
      $0.module == module && $0.record.severity != .error && $0.complains
    }
  }

  /// Of a log in which nothing is an error but its last word: a complaint in the line just before that.
  func failedBy(complaintBefore end: Event) -> Diagnosis? {
    guard case .log(let record) = end.payload,
      let line = told.last(where: { $0.event.sequence < end.sequence }),
      line.record.line + 1 == record.line
    else { return nil }
    // A reason of certain errors is none of this one.
    let entry = line.match?.entry
    let isKnown = entry?.kind == .reason && entry?.before == nil
    guard isKnown || line.complains else { return nil }
    return Diagnosis(
      .failedWithoutReason, isKnown ? .yes : .possible,
      entry: isKnown ? line.match?.entry.name : nil, of: nil,
      isKnown
        ? (line.match?.meaning ?? "").loweredFirst
        : "the tracer failed, just after it told: \"\(line.words)\"",
      evidence: [
        evidence(line.event, "the line just before"), evidence(end, "it failed"),
      ],
      advice: isKnown ? line.match?.advice ?? [] : [],
      collect: isKnown ? [] : ["A log with -v4 has what the tracer did before that."])
  }
}

extension ToldLine {
  /// The word at the start of the message, `uffd: `, by which CRIU names a part of itself.
  fileprivate var module: Substring? {
    guard let colon = message.text.firstIndex(of: ":"),
      message.text[..<colon].allSatisfy({ $0.isLetter || $0 == "-" || $0 == "_" }),
      message.text[colon...].hasPrefix(": ")
    else { return nil }
    return message.text[..<colon]
  }

  /// Whether it tells of something that did not go as it was wanted.
  fileprivate var complains: Bool {
    [
      "an't ", "annot ", "nable to", "ailed", "not permitted", "denied", "No such", "refused",
      "not available",
    ]
    .contains { message.text.contains($0) }
  }

  /// Whether `criu check` says by it that something is missing.
  var isOfMissingFeature: Bool {
    (record.severity == .error || record.severity == .warning)
      && message.file?.hasSuffix("cr-check.c") ?? false
  }
}
