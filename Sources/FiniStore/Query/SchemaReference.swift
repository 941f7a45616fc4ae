internal import FiniSchema

/// What can be asked of a recording in SQL.
package enum SchemaReference {
  /// The name of each view with the line that says what it shows.
  package static var views: [(name: String, line: String)] { Schema.viewLines }

  /// A question to ``TraceFile/readOnlyQuery(_:)``: the words of sqlite3's shell for what a file
  /// holds are queries too; anything else is one already.
  package static func query(of text: String) -> String {
    let words = text.split(separator: " ", omittingEmptySubsequences: true)
    switch words.first {
    case ".tables" where words.count == 1: return named("table")
    case ".views" where words.count == 1: return named("view")
    case ".schema" where words.count <= 2:
      let only = words.dropFirst().first.map { " AND tbl_name = " + literal($0) } ?? ""
      return
        "SELECT replace(sql, char(10), ' ') AS sql FROM sqlite_master WHERE sql IS NOT NULL\(only) ORDER BY type, name"
    default: return text
    }
  }

  private static func named(_ type: String) -> String {
    "SELECT name FROM sqlite_master WHERE type = '\(type)' ORDER BY name"
  }

  /// A string of SQL; a quote in it is doubled.
  private static func literal(_ text: some StringProtocol) -> String {
    "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
  }
}
