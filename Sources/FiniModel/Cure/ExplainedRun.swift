/// What was found to be wrong in a run of one task, if anything was: all that `explain` tells beside the verdict.
///
/// It is found once, when the run ends, and kept with it.
package struct ExplainedRun: Hashable, Sendable {
  /// The answer, which is also the exit status.
  package enum Answer: Int32, CaseIterable, Hashable, Sendable {
    case nothingWrong = 0
    case somethingWrong = 1
    case unknown = 2

    /// The word in files and reports.
    package var name: String {
      switch self {
      case .nothingWrong: "nothing-wrong"
      case .somethingWrong: "something-wrong"
      case .unknown: "unknown"
      }
    }
  }

  /// The answer.
  package var answer: Answer
  /// The task that the run is about.
  package var subject: TaskID?
  /// What is known of the run in a sentence, without a full stop.
  package var headline: String
  /// What came of the part that is done by ptrace, where the cause lies elsewhere: a sentence without a full stop.
  package var ptracePart: String?
  /// The causes, the one that explains most first.
  package var diagnoses: [Diagnosis]
  /// How many lines of the run's logs were not understood.
  package var notUnderstood: Int
  /// How many events it was found without, in a run that is too long for all of them: the middle of repeated steps.
  package var passedOver: Int
  /// When the events began that the diagnoses name; one without a time of its own is not among them.
  package var moments: [UInt32: Instant]

  package init(
    _ answer: Answer, subject: TaskID?, headline: String, ptracePart: String? = nil,
    diagnoses: [Diagnosis] = [], notUnderstood: Int = 0, passedOver: Int = 0,
    moments: [UInt32: Instant] = [:]
  ) {
    self.answer = answer
    self.subject = subject
    self.headline = headline
    self.ptracePart = ptracePart
    self.diagnoses = diagnoses
    self.notUnderstood = notUnderstood
    self.passedOver = passedOver
    self.moments = moments
  }

  /// The first cause of what is wrong.
  package var cause: Diagnosis? { diagnoses.first { !$0.isHarmless } }
}
