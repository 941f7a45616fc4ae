/// A run that was explained: of one task, or of a tree.
package enum Explained {
  case task(Explanation, header: RunHeader)
  case tree(TreeExplanation, header: RunHeader)

  /// Whether something went wrong.
  package var answer: Explanation.Answer {
    switch self {
    case .task(let found, _): found.answer
    case .tree(let found, _): found.answer
    }
  }

  /// What went wrong, in one line.
  package var headline: String {
    switch self {
    case .task(let found, _): found.headline
    case .tree(let found, _): found.headline
    }
  }
}
