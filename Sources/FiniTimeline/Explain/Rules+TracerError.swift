internal import FiniCatalogue
internal import FiniModel
internal import FiniProof

/// What the tracer itself calls its error, and that it failed where nothing says why.
extension Rules {
  /// The first error that the tracer did not survive, in the words of the catalogue or its own.
  ///
  /// - Parameter isAlone: whether no rule found a cause: then an error that only says which step failed is told.
  static func tracerError(_ reading: CaseReading, isAlone: Bool) -> Diagnosis? {
    if reading.endedWell { return reading.failedScript ?? reading.missingFeatures }
    let chain = reading.lastErrors
    let own = cause(in: chain, reading) ?? unleveled(reading)
    let general = isAlone ? chain.first { $0.isGeneralError } : nil
    guard let first = own ?? general else { return nil }
    let reason = reason(before: first, reading)
    let told = reason ?? first
    var evidence: [Evidence] = []
    if let reason { evidence.append(reading.evidence(reason.event, "the reason")) }
    if told.match == nil, let before = reading.complaint(beside: told) {
      evidence.append(reading.evidence(before.event, "of the same module, just before"))
    }
    evidence.append(reading.evidence(first.event, "the first error"))
    let helper = HelperWords(before: told, reading)
    if let helper {
      evidence.insert(Evidence(event: helper.event, reason: "\"\(helper.text)\""), at: 0)
    }
    // The same complaint on other things, such as another open descriptor.
    let alike = told.record.severity == .error ? [] : reading.alike(told)
    evidence += alike.map { reading.evidence($0.event, "the same of another") }
    let isSurvived = reading.wentOnBefore(told)
    let failed =
      reading.isCheck
      ? "`criu check` failed"
      : isSurvived || !reading.hasFailed
        ? "\(told.speaker) reported an error" : "\(told.speaker) failed"
    let sentence =
      helper?.sentence ?? told.match.map(\.meaning)
      ?? (told.isCutShort
        ? "\(told.speaker) failed, and the trace has only the beginning of its message: \"\(told.words)\""
        : nil)
      ?? "\(failed): \(told.words.isEmpty ? "line \(told.record.line) is an error" : told.words)"
    let isNamed = told.match != nil
    let more = Set(alike.compactMap(\.match?.captures)).count
    let others =
      more > 0
      ? "; and \(more) more of the kind" : reading.isCheck ? reading.missing(beside: told) : ""
    var found = Diagnosis(
      .tracerError, isSurvived ? .possible : .yes, entry: told.match?.entry.name,
      of: told.message.task ?? (told.event.tracee.rawValue > 0 ? told.event.tracee : nil),
      sentence.loweredFirst + others, evidence: evidence,
      consequences: reading.consequences(after: first.event),
      advice: helper?.advice ?? told.match?.advice
        ?? ["Search for the message in the tracer's documentation and issues."],
      collect: told.isCutShort
        ? ["Trace with -s 256, or read CRIU's own log."]
        : isNamed || helper != nil
          ? [] : ["A log with -v4 has what the tracer did before the error."])
    let following = Set(found.consequences.map(\.event))
    found.later = chain.filter {
      $0.event.sequence > first.event.sequence && !following.contains($0.event.sequence)
    }
    .map { reading.evidence($0.event, "an error") }
    return found
  }

  /// The error of a chain that is its cause: the first; but of a task that ended by its own error that task's first, and
  /// of `criu check`, which goes on after most errors, the last.
  private static func cause(in chain: [ToldLine], _ reading: CaseReading) -> ToldLine? {
    let causes = chain.filter(\.isCause)
    if reading.isCheck { return causes.last }
    for line in chain {
      guard case .exitedWith = line.record.fact, line.startsWithTask else { continue }
      if let own = causes.first(where: { $0.message.task == line.event.tracee }) { return own }
    }
    return causes.first
  }

  /// A message of trouble that CRIU prints without a level, such as a missing right.
  private static func unleveled(_ reading: CaseReading) -> ToldLine? {
    let all = reading.told.filter {
      $0.record.severity != .error && $0.match?.entry.kind == .error
    }
    // Where no child may be traced either, it is not the task to which a tracer could not attach.
    return all.first { $0.message.text.contains("PTRACE_TRACEME") } ?? all.last
  }

  /// The line just before an error that says why, if the catalogue knows it as such: of a general error any, else only
  /// one that is of this error.
  private static func reason(before error: ToldLine, _ reading: CaseReading) -> ToldLine? {
    guard
      let place = reading.told.firstIndex(where: { $0.event.sequence == error.event.sequence })
    else { return nil }
    let near = reading.told[..<place].suffix(4).reversed()
    return near.first { line in
      guard let entry = line.match?.entry, entry.kind == .reason else { return false }
      guard let words = entry.before else { return error.match?.entry.kind != .error }
      return error.message.text.contains(words)
    }
  }

  /// What is traced was not a tracer, or was one that crashed: a fault of its own ended it.
  static func ownFault(of end: TracerHistory.End, _ reading: CaseReading) -> Diagnosis? {
    guard case .killed(let signal, _) = end.ending, isCrash(signal) else { return nil }
    let fault = reading.events.last {
      guard $0.sequence < end.event.sequence, $0.tracer == end.event.tracer,
        case .signal(let record) = $0.payload
      else { return false }
      return record.info.signal == signal && record.info.isFault
    }
    guard let fault, case .signal(let record) = fault.payload else { return nil }
    let name = end.event.tracer.rawValue > 0 ? "task \(end.event.tracer)" : "the traced program"
    let address = record.info.address.map { " at \($0)" } ?? ""
    return Diagnosis(
      .killed, of: nil,
      "\(name) died of a fault of its own: \(signal) (\(record.info.code.name(for: signal)))\(address)",
      evidence: [
        Evidence(event: fault.sequence, reason: "the fault"),
        Evidence(event: end.event.sequence, reason: "its end"),
      ],
      collect: ["A core file, or its calls before that, tell what it was about to do."])
  }

  /// A call that failed, where the tracer failed after it and tells nothing else: it may be why.
  private static func firstRefused(_ reading: CaseReading) -> Diagnosis? {
    let landed = Set(reading.subjects.all.filter { $0.verdict == .landed }.map(\.task))
    let refused = reading.refusals.first {
      $0.call.request.kind != .detach && $0.call.request.kind != .traceMe
        && !reading.isProbe($0.event.tracee)
        // A task that was cured after it did without what was refused.
        && !landed.contains($0.event.tracee)
    }
    guard let refused, let error = refused.call.error else { return nil }
    let task = refused.event.tracee
    let isAlive = reading.events.contains {
      guard $0.sequence > refused.event.sequence, $0.tracee == task,
        case .request(let call) = $0.payload
      else { return false }
      return call.error == nil
    }
    return Diagnosis(
      .requestRefused, .possible, of: task,
      error == .noSuchProcess
        ? "\(refused.call.request) found task \(task) not stopped for this tracer (ESRCH), and the tracer failed after that"
        : words(forRefused: refused.call, of: task)
          ?? "\(refused.call.request) of task \(task) was refused (\(error)), and the tracer failed after that",
      evidence: [
        Evidence(event: refused.event.sequence, reason: "\(refused.call.request) = \(error)")
      ],
      advice: error == .noSuchProcess
        ? [
          isAlive
            ? "The task lives: the call was made before it had stopped, or by another thread than the one that traces it."
            : "The task ended, was not stopped yet, or another thread than this one traces it."
        ]
        : words(forRefused: refused.call, of: task) == nil
          ? ["See ptrace(2) for what \(error) means there."]
          : [
            "See /proc/\(task)/maps. A position-independent program is loaded elsewhere each time: add where its first mapping"
              + " begins to an address from its file."
          ])
  }

  /// A request that was refused, of a tracer that failed after it.
  static func failedAfterRefusal(_ reading: CaseReading) -> [Diagnosis] {
    guard reading.hasFailed, !reading.endedWell, reading.tracer.end != nil else { return [] }
    return [firstRefused(reading)].compactMap { $0 }
  }

  /// The last error of a program that is not the tracer: of one that started it, before any other's.
  private static func wrapperFailure(_ reading: CaseReading) -> ToldLine? {
    let failures = reading.told.filter { $0.isFailureOfWrapper && $0.match?.entry.kind != .warning }
    return failures.last { $0.match?.entry.kind == .error }
      ?? failures.last { $0.match != nil && !$0.isLastWord } ?? failures.last { $0.match != nil }
      ?? failures.last { $0.startsCRIU } ?? failures.last
      ?? reading.told.last(where: \.isFailureOfWrapper)
  }

  /// The sentence on a program's error that the catalogue does not have.
  private static func words(of line: ToldLine, _ reading: CaseReading) -> String {
    if line.startsCRIU, reading.mentionsCRIU {
      return
        "the program that started CRIU (\(line.speaker)) says that it failed; CRIU's own error is not here"
    }
    // Whether there was any CRIU is not told.
    let name: String
    if case .wrapper(let told?) = line.message.speaker {
      name = told
    } else {
      name = "a program that the text does not name"
    }
    return "\(name) failed: \"\(line.words)\""
  }

  /// The lines that tell that CRIU failed, of another try in the same text: one that nothing but its own end follows.
  private static func otherTries(beside told: ToldLine, _ reading: CaseReading) -> [ToldLine] {
    guard !told.message.text.lowercased().contains("criu") else { return [] }
    return reading.told.filter {
      $0.isFailureOfWrapper && $0.message.text.contains("criu failed: type")
        && $0.record.line + 3 < told.record.line
    }
    .suffix(1)
  }

  /// An error that an earlier run in the same text failed with, and that is another one.
  static func earlierError(beside told: Diagnosis, _ reading: CaseReading) -> Diagnosis? {
    let chain = reading.errorsOfEarlierRun
    guard let line = chain.first(where: \.isCause), let match = line.match,
      match.entry.kind == .error,
      match.entry.name != told.entry
    else { return nil }
    return Diagnosis(
      .tracerError, entry: match.entry.name, of: line.message.task,
      "a run before it in the same text failed too: \(match.meaning.loweredFirst)",
      evidence: [reading.evidence(line.event, "the first error")], advice: match.advice)
  }

  /// The tracer failed, and why it did is not in what was seen.
  static func failedWithoutReason(_ reading: CaseReading) -> [Diagnosis] {
    guard reading.hasFailed, !reading.endedWell else { return [] }
    if let test = reading.failedTest { return [test] }
    if let wrapper = wrapperFailure(reading) {
      let mayHaveStarted = wrapper.startsCRIU && (wrapper.match != nil || reading.mentionsCRIU)
      let others = otherTries(beside: wrapper, reading)
      return [
        Diagnosis(
          .failedWithoutReason, entry: wrapper.match?.entry.name, of: nil,
          (wrapper.match.map { $0.meaning.loweredFirst } ?? words(of: wrapper, reading))
            + (others.isEmpty ? "" : "; CRIU failed in another try"),
          evidence: [reading.evidence(wrapper.event, "its error")]
            + others.map { reading.evidence($0.event, "another try") },
          advice: reading.advice(wrapper.match?.advice ?? []),
          collect: mayHaveStarted
            ? ["CRIU's log (dump.log or restore.log): the reason stands there."]
            : wrapper.startsCRIU
              ? [
                "The log of \(wrapper.speaker) itself, of that time: journalctl -u \(wrapper.speaker)"
              ]
              : [])
      ]
    }
    if let failed = reading.tracer.saidFailed, let event = reading.timeline.event(failed) {
      if let found = reading.failedBy(complaintBefore: event) { return [found] }
      let begin = reading.told.compactMap(\.message.time).first
      let isTail = begin.map { $0 > 100_000_000 } ?? false
      let since = begin.map { " (it begins at \(CaseReading.words(nanoseconds: $0)))" } ?? ""
      return [
        Diagnosis(
          .failedWithoutReason, of: nil,
          "the tracer says that it failed, and the part of its log that is here does not say why"
            + (isTail ? since : ""),
          evidence: [reading.evidence(event, "it failed")],
          collect: [
            "The beginning of the log: the first line with Error tells the reason."
          ])
      ]
    }
    let isLive = reading.source == .bpf || reading.source == .ptraceObserver
    guard let end = reading.tracer.end, reading.tracer.hasRequests || isLive else { return [] }
    if let crash = ownFault(of: end, reading) { return [crash] }
    if let refused = firstRefused(reading) { return [refused] }
    let how: String
    switch end.ending {
    case .exited(let code): how = "exited with \(code)"
    case .killed(let signal, _): how = "was killed by \(signal)"
    }
    return [
      Diagnosis(
        .failedWithoutReason, of: nil,
        reading.tracer.hasRequests
          ? "the tracer \(how), and nothing that was recorded of its work with ptrace says why"
          : "the command \(how) before it made a ptrace call: what it printed, or its log, says why",
        evidence: [Evidence(event: end.event.sequence, reason: "the tracer \(how)")],
        collect: [
          "Its log has the reason: record it with -o dump.log -v4, or add it by"
            + " `fini-trace import FILE --into RUN`."
        ])
    ]
  }
}

extension CaseReading {
  /// What the catalogue advises, with the log that the text names in place of where logs usually are.
  func advice(_ known: [String]) -> [String] {
    guard let path = namedLog, !known.contains(where: { $0.contains(path) }) else { return known }
    return ["Read CRIU's log, which the message names: grep -n Error \(path)"]
      + known.filter { !$0.hasPrefix("Read CRIU's log") }
  }

  /// Other lines that are the same message, of other things.
  fileprivate func alike(_ line: ToldLine) -> [ToldLine] {
    told.filter {
      $0.match != nil && $0.match?.entry.name == line.match?.entry.name
        && $0.match?.captures != line.match?.captures
    }
  }

  /// Whether two runs in the same text told the same error: CRIU survived it in the first of them then, or the two were
  /// tried one after the other.
  fileprivate func wentOnBefore(_ line: ToldLine) -> Bool {
    let same = told.filter { $0.message.text == line.message.text }
    guard tracer.saidFailed == nil, let first = same.first, let last = same.last else {
      return false
    }
    return lines.contains {
      guard case .tracerVersion = $0.record.fact else { return false }
      return first.event.sequence < $0.event.sequence && $0.event.sequence < last.event.sequence
    }
  }

  /// How many other things `criu check` found missing, as the end of a sentence.
  fileprivate func missing(beside line: ToldLine) -> String {
    let words = ["missing", "not supported", "n't supported", "incomplete", "inaccessible"]
    let texts = told.lazy.map(\.message.text).filter { text in
      text != line.message.text && words.contains { text.contains($0) }
    }
    let count = Set(texts).count
    return count > 1 ? "; \(count) other things are missing" : ""
  }
}

extension String {
  /// A sentence of the catalogue in the form of the rules: its first letter small, unless it is a name.
  var loweredFirst: String {
    guard let first, let second = dropFirst().first, first.isUppercase,
      second.isLowercase || second == " "
    else { return self }
    return first.lowercased() + dropFirst()
  }
}

extension ToldLine {
  /// Whether it is the word with which LXC ends, which says that it failed and no more.
  fileprivate var isLastWord: Bool {
    ["lxc-checkpoint-failed", "lxc-restoring-failed"].contains(match?.entry.name)
  }

  /// Whether its speaker is a program that starts CRIU. A Java virtual machine refuses a checkpoint before it would.
  var startsCRIU: Bool {
    guard case .wrapper(let name?) = message.speaker else { return false }
    return ["podman", "docker", "containerd", "kubelet", "cri-o", "runc", "crun", "lxc"].contains(
      name)
  }
}
