internal import FiniCatalogue
internal import FiniModel
internal import FiniProof

/// Texts in which there is more than one run: what is of another one than the run that is asked for.
extension CaseReading {
  /// The lines of programs that ran beside a failed dump or restore: a `criu check`, or a test.
  ///
  /// - Parameter rests: the lines after some, that are no message of their own.
  static func ofOtherRuns(_ told: [ToldLine], _ rests: [UInt32: String]) -> Set<UInt32> {
    ofCheck(told).union(ofTest(told, rests))
  }

  /// The lines of a `criu check` in the same text as the error of a dump or a restore: what it misses is not why that
  /// failed.
  private static func ofCheck(_ told: [ToldLine]) -> Set<UInt32> {
    let own = told.filter { $0.isOfCheck }
    let places = own.map(\.event.sequence)
    guard let first = places.min(), let last = places.max() else { return [] }
    let checks = own.filter { $0.message.file != nil }
    let isUntimed = !checks.isEmpty && checks.allSatisfy { $0.message.time == nil }
    let isOfRun = { (line: ToldLine) in
      line.record.severity == .error && !line.isOfCheck
        && (line.record.fact == .failed || line.isOfDumpOrRestore
          || isUntimed && line.message.time != nil)
    }
    guard told.contains(where: isOfRun) else { return [] }
    return Set(
      told.filter {
        (first...last).contains($0.event.sequence) && !isOfRun($0) && $0.record.fact != .failed
          && !(isUntimed && $0.message.time != nil)
      }
      .map(\.event.sequence))
  }

  /// The lines of a test that wants an error and is content with it ("OK" stands below it), where a program that starts
  /// CRIU tells later that it failed.
  private static func ofTest(_ told: [ToldLine], _ rests: [UInt32: String]) -> Set<UInt32> {
    guard
      let failure = told.last(where: {
        $0.isFailureOfWrapper && ($0.startsCRIU || $0.match?.entry.stage == "runtime")
      })
    else { return [] }
    var found: Set<UInt32> = []
    var group: [ToldLine] = []
    func close() {
      let isContent = group.contains { line in
        let words = rests[line.event.sequence]?.split(separator: " ") ?? []
        return words.last == "OK" && words.count <= 2
      }
      if isContent { found.formUnion(group.map(\.event.sequence)) }
      group = []
    }
    for line in told where line.event.sequence < failure.event.sequence {
      let isPlain =
        line.record.severity == .error && line.message.time == nil && line.message.file != nil
      let isNear = group.last.map { line.record.line <= $0.record.line + 2 } ?? true
      if !isPlain || !isNear { close() }
      if isPlain { group.append(line) }
    }
    close()
    return found
  }

  /// The errors that an earlier run in the same text ended with, if there is one that failed.
  var errorsOfEarlierRun: [ToldLine] {
    guard let first = lastErrors.first else { return [] }
    let before = told.filter {
      $0.record.severity == .error && $0.event.sequence < first.event.sequence
    }
    guard let last = before.last, last.record.fact == .failed else { return [] }
    var chain: [ToldLine] = []
    for line in before.dropLast().reversed() {
      guard line.record.fact != .failed else { break }
      chain.insert(line, at: 0)
    }
    return chain
  }

  /// The path of CRIU's log that a program which starts CRIU names.
  var namedLog: String? {
    for line in told.reversed() where line.isOfWrapper {
      if let path = CaseReading.log(in: line.message.text) { return path }
    }
    return nil
  }

  /// A path with a name that ends with `.log` in a message. There may be blanks in it where the message says where it
  /// begins.
  static func log(in text: String) -> String? {
    guard let end = text.firstRange(of: ".log")?.upperBound else { return nil }
    let before = text[..<end]
    let marks = ["log file: ", "path= ", "logfile `", "logfile "]
    for mark in marks {
      guard let begin = before.firstRange(of: mark)?.upperBound else { continue }
      let path = before[begin...]
      return path.hasPrefix("/") ? String(path) : nil
    }
    let word = before.suffix(while: {
      $0 != " " && $0 != "\"" && $0 != "`" && $0 != "'" && $0 != "="
    })
    return word.hasPrefix("/") ? String(word) : nil
  }

  /// The number of the fault that CRIU was told to make, as it and its tests say it.
  var injectedFault: Int? {
    for event in events {
      guard let text = texts[event.sequence],
        let begin = text.firstRange(of: "Forcing ")?.upperBound
      else { continue }
      let digits = text[begin...].prefix { $0.isASCII && $0.isNumber }
      guard text[begin...].dropFirst(digits.count).hasPrefix(" fault") else { continue }
      if let number = Int(digits) { return number }
    }
    return nil
  }

  /// Whether a word of CRIU is in the text.
  var mentionsCRIU: Bool {
    texts.values.contains { text in
      ["criu", "CRIU", "Criu", "dump.log", "restore.log"].contains { text.contains($0) }
    }
  }
}

extension StringProtocol {
  /// The last characters that have a property.
  fileprivate func suffix(while condition: (Character) -> Bool) -> SubSequence {
    var begin = endIndex
    while begin > startIndex, condition(self[index(before: begin)]) { begin = index(before: begin) }
    return self[begin...]
  }
}

extension ToldLine {
  /// Whether `criu check` says it.
  fileprivate var isOfCheck: Bool {
    message.file?.hasSuffix("cr-check.c") ?? false
      || record.fact == .finished && message.text.hasPrefix("Looks good")
  }

  /// The sources of CRIU that only a dump or a restore is in.
  private static let files = [
    "cr-dump.c", "cr-restore.c", "sk-unix.c", "sk-inet.c", "sk-tcp.c", "sk-queue.c", "files.c",
    "files-reg.c", "pipes.c", "mem.c", "mount.c", "pstree.c", "seize.c", "parasite-syscall.c",
    "pie/restorer.c", "fsnotify.c", "irmap.c", "eventpoll.c", "ghost.c", "shmem.c",
  ]

  fileprivate var isOfDumpOrRestore: Bool {
    guard let file = message.file else { return false }
    return ToldLine.files.contains { file == $0 || file.hasSuffix("/" + $0) }
  }
}
