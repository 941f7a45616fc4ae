/// How much time a command has, and what is done about one that takes more.
package struct CommandTime {
  /// What is due now.
  package enum Step: Hashable {
    /// It is asked to end, by SIGTERM.
    case ask
    /// It did not end by that, and is ended by SIGKILL.
    case kill
    /// It did not end by SIGKILL either: it is in a wait that can't be interrupted.
    case giveUp
  }

  /// How long it may take to end by SIGTERM, and to end by SIGKILL, in seconds.
  static let grace = 5.0

  private enum State {
    case running
    case asked
    case killed
    case givenUp
  }

  private var state = State.running
  private var clock: Patience

  /// Starts with the command; `nil` is without a limit.
  init(_ seconds: Double?) { clock = Patience(seconds) }

  /// Whether it took longer than it may.
  var isOver: Bool { if case .running = state { false } else { true } }

  /// Takes the step that is due, once.
  mutating func step() -> Step? {
    guard clock.isOver else { return nil }
    clock = Patience(CommandTime.grace)
    switch state {
    case .running:
      state = .asked
      return .ask
    case .asked:
      state = .killed
      return .kill
    case .killed:
      state = .givenUp
      return .giveUp
    case .givenUp:
      return nil
    }
  }
}
