/// A line that a tracer wrote about itself.
public struct LogRecord: Hashable, Sendable {
  /// How much the program made of it; the numbers are part of the schema.
  public enum Severity: UInt8, CaseIterable, Hashable, Sendable {
    case other = 0
    case error = 1
    case warning = 2
    case info = 3

    /// The name in files and reports.
    public var name: String {
      switch self {
      case .other: "other"
      case .error: "error"
      case .warning: "warning"
      case .info: "info"
      }
    }
  }

  /// Its number in what was read, from 1; the file keeps the text under it.
  public var line: UInt32
  /// How much the program made of it.
  public var severity: Severity
  /// What it says.
  public var fact: LogFact

  /// Makes a record.
  public init(line: UInt32, severity: Severity, fact: LogFact) {
    self.line = line
    self.severity = severity
    self.fact = fact
  }
}
