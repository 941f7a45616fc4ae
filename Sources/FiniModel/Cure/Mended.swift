/// What came of repairing a process, or one thread of it.
package struct Mended: Sendable {
  /// The worst result of its threads; the names are those of the JSON.
  package enum Outcome: String, Sendable {
    /// Nothing was left in any of them.
    case clean
    /// What was left is gone.
    case repaired
    /// Something could not be put back.
    case failed
  }

  /// What was asked for.
  package let task: TaskID
  package var outcome = Outcome.clean
  /// What was put back, in sentences.
  package var done: [String] = []
  /// What could not be, in sentences.
  package var failed: [String] = []

  /// Nothing yet.
  package init(of task: TaskID) { self.task = task }
}
