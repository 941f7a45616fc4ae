package import FiniModel
package import FiniTimeline

/// What was typed for `show`, as far as it selects events.
package struct ShowWords {
  private let phases: [Word<Phase>]
  private let kinds: [Word<EventKind>]
  private let context: Int?
  private let isOfLines: Bool
  private let isFollowed: Bool
  /// The events that are shown.
  package let filter: TimelineFilter

  /// How many events before and after one count as near.
  private static let usualContext = 10

  /// - Parameters:
  ///   - since, until: in milliseconds from the start of the run.
  ///   - isOfLines: whether lines that became no events are shown in their place.
  ///   - isFollowed: whether what comes is shown as it comes.
  package init(
    phases: [Word<Phase>], kinds: [Word<EventKind>], tasks: [Int32], since: Double?,
    until: Double?, around: UInt32?, context: Int?, isOfLines: Bool, isFollowed: Bool
  ) {
    self.phases = phases
    self.kinds = kinds
    self.context = context
    self.isOfLines = isOfLines
    self.isFollowed = isFollowed
    filter = TimelineFilter(
      phases: phases.compactMap { $0.value }, kinds: kinds.compactMap { $0.value },
      tasks: tasks.map { TaskID($0) }, sinceMilliseconds: since, untilMilliseconds: until,
      around: around, context: context ?? ShowWords.usualContext)
  }

  /// What can be wrong, in the order in which it is looked for.
  package var mistakes: [Mistake] {
    phases.map { $0.mistake } + kinds.map { $0.mistake }
      + [
        ((context ?? 0) < 0, "--context can't be negative"),
        (context != nil && filter.around == nil, "--context needs --around"),
        (
          isOfLines && filter != TimelineFilter(),
          "--unparsed shows lines that became no events: it goes with no filter"
        ),
        (
          isFollowed && (isOfLines || filter.around != nil || filter.until != nil),
          "--follow shows what comes: it goes with --phase, --kind, --task and --since"
        ),
      ]
  }
}
