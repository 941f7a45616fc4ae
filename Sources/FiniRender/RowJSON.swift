/// Writes rows of named cells, one JSON object a line.
public struct RowJSON: Sendable {
  /// The value of one cell.
  public enum Cell: Hashable, Sendable {
    /// JSON's `null`.
    case null
    /// A whole number.
    case integer(Int64)
    /// A number that is not whole; one that JSON can't write becomes `null`.
    case real(Double)
    /// Text.
    case text(String)
  }

  private let columns: [String]

  /// Makes a writer for rows with these columns.
  public init(columns: [String]) { self.columns = columns }

  /// Writes one row and a line's end.
  public func write(_ cells: [Cell], to sink: inout some TextOutputStream) {
    sink.write("{")
    for (index, (column, cell)) in zip(columns, cells).enumerated() {
      if index > 0 { sink.write(",") }
      sink.write(JSONObject.quoted(column) + ":")
      switch cell {
      case .null: sink.write("null")
      case .integer(let number): sink.write("\(number)")
      case .real(let number): sink.write(number.isFinite ? "\(number)" : "null")
      case .text(let text): sink.write(JSONObject.quoted(text))
      }
    }
    sink.write("}\n")
  }
}
