/// What a read-only query found.
package struct QueryResult: Hashable, Sendable {
  /// The names of the columns, in order; names may repeat.
  package var columns: [String]
  /// The rows; each has a value for every column.
  package var rows: [[QueryValue]]

  package init(columns: [String], rows: [[QueryValue]]) {
    self.columns = columns
    self.rows = rows
  }
}

/// A value of SQLite.
package enum QueryValue: Hashable, Sendable {
  /// NULL.
  case null
  /// A signed 64-bit integer; words of 64 bits keep their bits in it.
  case integer(Int64)
  /// A floating-point number.
  case real(Double)
  /// Text, unescaped.
  case text(String)
  /// Bytes.
  case blob([UInt8])
}

extension QueryValue: CustomStringConvertible {
  /// The value as a table shows it: nothing for NULL, bytes in hexadecimal.
  package var description: String {
    switch self {
    case .null: ""
    case .integer(let number): "\(number)"
    case .real(let number): "\(number)"
    case .text(let text): text
    case .blob(let bytes):
      bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
  }
}
