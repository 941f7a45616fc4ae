/// A line that a tracer wrote about its own work.
public struct LogRecord: Hashable, Sendable {
  /// How serious the line is for the program that wrote it; the numbers are part of the schema.
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

  /// Its line number in the input, from 1; the file keeps the text under that number.
  public var line: UInt32
  /// How serious it is for the program that wrote it.
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
