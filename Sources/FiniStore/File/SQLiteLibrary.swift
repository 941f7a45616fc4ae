import GRDBSQLite

/// The library that keeps the files.
package enum SQLiteLibrary {
  /// Its version, of the copy that is linked.
  package static var version: String { words(of: sqlite3_libversion_number()) }

  /// `3.40.1` for 3040001; see https://www.sqlite.org/c3ref/libversion.html.
  static func words(of number: Int32) -> String {
    "\(number / 1_000_000).\(number / 1_000 % 1_000).\(number % 1_000)"
  }
}
