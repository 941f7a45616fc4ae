internal import FiniSchema

/// What can be asked of a recording in SQL.
package enum SchemaReference {
  /// The name of each view with the line that says what it shows.
  package static var views: [(name: String, line: String)] { Schema.viewLines }
}
