/// How far a command is that takes longer than a second, in one place of a terminal.
package struct Progress: Sendable {
  private static let patience = Swift.Duration.seconds(1)

  private let begin = ContinuousClock.now
  private var percent: Int?

  /// The command begins.
  package init() {}

  /// What to write for a part of 1, or, for `nil`, to take away what is shown; `nil` if that is nothing.
  package mutating func text(_ part: Double?) -> String? {
    guard part == nil || begin.duration(to: .now) > Progress.patience else { return nil }
    let now = part.map { Int($0 * 100) }
    guard now != percent else { return nil }
    percent = now
    return now.map { "\r\($0) %" } ?? "\r     \r"
  }
}
