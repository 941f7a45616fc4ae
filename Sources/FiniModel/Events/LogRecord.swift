/// A line that a tracer wrote about its own work.
package struct LogRecord: Hashable, Sendable {
  /// How serious the line is for the program that wrote it; the numbers are part of the schema.
  package enum Severity: UInt8, CaseIterable, Hashable, Sendable {
    case other = 0
    case error = 1
    case warning = 2
    case info = 3

    /// The name in files and reports.
    package var name: String {
      switch self {
      case .other: "other"
      case .error: "error"
      case .warning: "warning"
      case .info: "info"
      }
    }
  }

  /// Its line number in the input, from 1; the file keeps the text under that number.
  package var line: UInt32
  /// How serious it is for the program that wrote it.
  package var severity: Severity
  /// What it says.
  package var fact: LogFact

  package init(line: UInt32, severity: Severity, fact: LogFact) {
    self.line = line
    self.severity = severity
    self.fact = fact
  }
}
