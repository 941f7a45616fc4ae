internal import FiniModel
internal import FiniTimeline

extension RunHeader {
  /// What a run of this source can't show.
  var unseen: String? { Source.allCases.first { $0.name == source }?.unseen }

  /// The same as a line that every report of such a run must have.
  var unseenWords: String? { unseen.map { "not seen: \($0)" } }

  /// The strategy in words: `syscall (asked for breakpoint)` if another one was taken.
  var strategyWords: String {
    guard let taken = strategyTaken ?? strategyAsked else { return "unknown strategy" }
    guard let asked = strategyAsked, asked != taken else { return taken.name }
    return "\(taken.name) (asked for \(asked.name))"
  }
}
