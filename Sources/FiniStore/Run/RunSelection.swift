/// Which run of a file is meant.
public enum RunSelection: Hashable, Sendable {
  /// The one that began last.
  case last
  /// The one with this number.
  case number(Int64)
}
