internal import FiniModel

/// Writes rows of named values, one JSON object a line.
struct RowJSON {
  private let columns: [String]

  /// Makes a writer for rows with these columns.
  init(columns: [String]) { self.columns = columns }

  /// Writes one row and a line's end. A number that JSON can't write becomes `null`, bytes hexadecimal text.
  func write(_ values: [QueryValue], to sink: inout some TextOutputStream) {
    sink.write("{")
    for (index, (column, value)) in zip(columns, values).enumerated() {
      if index > 0 { sink.write(",") }
      sink.write(JSONObject.quoted(column) + ":")
      switch value {
      case .null: sink.write("null")
      case .integer(let number): sink.write("\(number)")
      case .real(let number): sink.write(number.isFinite ? "\(number)" : "null")
      case .text, .blob: sink.write(JSONObject.quoted(value.description))
      }
    }
    sink.write("}\n")
  }
}
