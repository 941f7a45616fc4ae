internal import FiniImporters
internal import FiniModel
package import FiniStore
package import FiniTimeline
internal import Glibc

/// One file for a bug report: runs, logs, and what is needed to read them.
package struct Bundle {
  /// What is written by others: reports are made of what is in the bundle, not of what was taken out.
  package struct Texts {
    /// The report of an explanation.
    package var explanation: (Explained) -> String
    /// What this machine can do.
    package var doctor: String
    /// The versions of this program.
    package var version: String

    /// Takes them.
    package init(
      explanation: @escaping (Explained) -> String, doctor: String, version: String
    ) {
      self.explanation = explanation
      self.doctor = doctor
      self.version = version
    }
  }

  /// What a run says before and after.
  private struct Answer: Equatable {
    var verdict: String
    var headline: String
  }

  /// A run, and the words for it.
  private struct Told {
    var answer: Answer
    var report: String
  }

  private let file: TraceFile
  private let runs: [RunSummary]
  private let logs: [String]
  private let texts: Texts

  /// - Parameter logs: files that are put in beside the runs.
  package init(_ runs: [RunSummary], of file: TraceFile, logs: [String], texts: Texts) {
    self.file = file
    self.runs = runs
    self.logs = logs
    self.texts = texts
  }

  /// Writes it.
  ///
  /// - Parameter progress: is told how much is done, as a part of 1, and in the end `nil`.
  /// - Returns: a line for each run of which what was taken out changes the answer.
  package func write(
    to path: String, redacting: Bool, progress: (Double?) -> Void = { _ in }
  ) throws -> [String] {
    let numbers = runs.map { $0.number }
    var redactor = Redactor()
    let lines = try logs.map { try Bundle.lines(of: $0) }
    var meter = Meter(
      total: runs.reduce(lines.reduce(0) { $0 + $1.count }) { $0 + $1.eventCount } * 2)
    defer { progress(nil) }
    if redacting {
      redactor.learnThisMachine()
      try file.forEachRow(of: numbers) {
        redactor.learn($0)
        meter.step(progress)
      }
      for line in lines.joined() {
        redactor.learn(line: line)
        meter.step(progress)
      }
    }
    let folder = try ScratchFolder(beside: path)
    defer { folder.remove() }
    let copy = folder.path + "/recording.db"
    try file.copy(numbers, to: copy) {
      if redacting { redactor.redact(&$0) }
      meter.step(progress)
    }
    let copied = try TraceFile.openForReading(copy)
    var differing: [String] = []
    var reports: [String] = []
    for run in runs {
      let told = try tell(run.number, in: copied)
      reports.append("## Run \(run.number)\n\n\(told.answer.headline).\n\n\(fenced(told.report))")
      let before = try tell(run.number, in: file).answer
      let words = redacting ? redactor.text(before.headline) : before.headline
      if before.verdict != told.answer.verdict || !Bundle.isSame(words, told.answer.headline) {
        differing.append(
          "run \(run.number) is told differently without what was taken out; "
            + "its own words are in fini-trace explain of the recording")
      }
    }
    var writer = BundleWriter(to: try ExportFile(path, from: logs), at: UInt64(max(0, time(nil))))
    let headline = try tell(runs[0].number, in: copied).answer.headline
    try writer.add("ISSUE.md", issue(headline, reports, redacting: redacting))
    try writer.add("recording.db", fileAt: copy)
    for (index, log) in lines.enumerated() {
      let text = log.map {
        meter.step(progress)
        return redacting ? redactor.text($0) : $0
      }.joined(separator: "\n")
      try writer.add("logs/\(index + 1).log", text + "\n")
    }
    try writer.add("doctor.txt", redacting ? redactor.text(texts.doctor) : texts.doctor)
    try writer.add("VERSIONS.txt", versions)
    try writer.add(
      "REDACTED.md", redacting ? redactor.report(differing) : Redactor.reportOfNothing)
    try writer.keep()
    return differing
  }

  /// Headlines are cut where they are long: a placeholder is shorter than a path, and more is seen of the end.
  private static func isSame(_ first: String, _ second: String) -> Bool {
    guard first != second else { return true }
    let common = zip(first, second).prefix { $0 == $1 }.count
    return (first.hasSuffix("...") || second.hasSuffix("...")) && common >= 24
  }

  private func tell(_ number: Int64, in file: TraceFile) throws -> Told {
    let explained = try Explained(try file.run(.number(number)), in: file)
    var verdict = "\(explained.answer)"
    if case .task(let found, _) = explained { verdict += " \(found.judgement.verdict.name)" }
    return Told(
      answer: Answer(verdict: verdict, headline: explained.headline),
      report: texts.explanation(explained))
  }

  /// How much of the rows and lines was looked at, of about so many.
  private struct Meter {
    private static let stride = 1024

    let total: Int
    private var done = 0

    init(total: Int) { self.total = max(1, total) }

    mutating func step(_ progress: (Double?) -> Void) {
      done += 1
      if done % Meter.stride == 0 { progress(min(0.99, Double(done) / Double(total))) }
    }
  }

  private static func lines(of log: String) throws -> [String] {
    // Standard input is asked for by its name alone.
    var information = stat()
    if log != "-", unsafe stat(log, &information) == 0 {
      let kind = information.st_mode & S_IFMT
      guard kind == S_IFREG || kind == S_IFDIR else { throw BundleError.notRegular(path: log) }
    }
    var lines: [String] = []
    try LogText.forEachLine(of: LogFile(log)) { lines.append($0) }
    return lines
  }

  // MARK: Texts

  private func fenced(_ text: String) -> String {
    // A line of a log may have a fence of its own.
    var fence = "```"
    while text.contains(fence) { fence += "`" }
    return "\(fence)\n\(text)\(text.hasSuffix("\n") ? "" : "\n")\(fence)\n"
  }

  private func issue(_ headline: String, _ reports: [String], redacting: Bool) -> String {
    """
    # \(headline)

    <!-- What did you do, and what did you expect? -->

    \(reports.joined(separator: "\n"))
    ## Versions

    \(fenced(versions))
    ## The bundle

    `recording.db` has the runs above\(logs.isEmpty ? "" : ", `logs` what was put in beside them"). \
    \(redacting ? "`REDACTED.md` says what was taken out." : "Nothing was taken out of it.")

    ```
    fini-trace bundle --open BUNDLE -o FOLDER     # or: tar xf BUNDLE; sha256sum -c SHA256SUMS
    fini-trace explain FOLDER/recording.db \(runs[0].number)
    ```

    """
  }

  private var versions: String {
    var lines = [texts.version]
    for run in runs {
      let tracer = run.tracerVersion.map { ", tracer \($0)" } ?? ""
      lines.append(
        "run \(run.number): fini-trace \(run.toolVersion), source \(run.source.name), "
          + "kernel \(run.kernelRelease.isEmpty ? "not known" : run.kernelRelease)\(tracer)")
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
