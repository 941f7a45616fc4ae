internal import FiniModel

/// Reads the lines of a CRIU log.
struct CRIULogReader {
  /// The task that the lines are about, until a line names another one.
  private var current = TaskID(0)
  private var time: Int64?

  mutating func read(_ line: TextLine) -> LineOutcome {
    let parsed = CRIULine(line)
    // The parasite has no clock: its lines have no time of their own.
    if let told = parsed.time { time = told }
    guard !parsed.message.isAtEnd else { return .passed }
    let isKnown = parsed.time != nil || parsed.isParasite || parsed.severity != .other
    let found = CRIUPhrase.read(parsed.message)
    guard isKnown || found != nil else { return .unparsed }
    if let task = found?.task, task > 0 {
      current = TaskID(task)
    } else if let parasite = parsed.parasite, current.rawValue == 0 {
      current = TaskID(parasite)
    }
    // Most lines of a log are details of the dump that no rule uses. Errors are always kept.
    guard found != nil || parsed.severity != .other else { return .passed }
    let severity = found?.isSurvived ?? false ? .warning : parsed.severity
    let record = LogRecord(line: line.number, severity: severity, fact: found?.fact ?? .text)
    return .sight(
      Sight(
        thing: .note(.log(record), about: current), tracer: TaskID(0), entered: time,
        duration: nil, line: line.number, text: line.text))
  }
}
