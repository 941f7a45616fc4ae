internal import FiniSchema

/// What can be asked of a recording in SQL.
public enum SchemaReference {
  /// The name of each view with the line that says what it shows.
  public static var views: [(name: String, line: String)] { Schema.viewLines }
}
