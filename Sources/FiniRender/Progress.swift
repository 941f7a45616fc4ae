/// How far a long command is, in one place of a terminal.
package struct Progress: Sendable {
  private var percent: Int?

  package init() {}

  /// What to write for a part of 1, or, for `nil`, to take away what is shown; `nil` if that is nothing.
  package mutating func text(_ part: Double?) -> String? {
    let now = part.map { Int($0 * 100) }
    guard now != percent else { return nil }
    percent = now
    return now.map { "\r\($0) %" } ?? "\r     \r"
  }
}
