package import FiniModel
internal import FiniProof

/// One thing that went wrong in a run, with what proves it.
package struct Diagnosis: Hashable, Sendable {
  /// How sure a rule is: it says what it needs, and with less than that it is not sure.
  package enum Certainty: String, Hashable, Sendable {
    /// All that the rule needs was seen.
    case yes
    /// It fits, and something else would fit as well.
    case possible
  }

  /// What it is.
  package var cause: Cause
  /// How sure that is.
  package var certainty: Certainty
  /// Whom it happened to.
  package var task: TaskID?
  /// What happened, in a sentence, without a full stop.
  package var sentence: String
  /// The events that show it.
  package var evidence: [Evidence]
  /// Events that look like trouble and only follow from this.
  package var consequences: [Evidence]
  /// What to do, or to collect next, a sentence each.
  package var advice: [String]
  /// Whether the run went well all the same.
  package var isHarmless: Bool

  package init(
    _ cause: Cause, _ certainty: Certainty = .yes, of task: TaskID?, _ sentence: String,
    evidence: [Evidence] = [], consequences: [Evidence] = [], advice: [String] = [],
    isHarmless: Bool = false
  ) {
    self.cause = cause
    self.certainty = certainty
    self.task = task
    self.sentence = sentence
    self.evidence = evidence
    self.consequences = consequences
    self.advice = advice
    self.isHarmless = isHarmless
  }
}

/// What went wrong in a run, if anything did.
package struct Explanation: Sendable {
  /// The answer, which is also the exit status.
  package enum Answer: Int32, Hashable, Sendable {
    case nothingWrong = 0
    case somethingWrong = 1
    case unknown = 2
  }

  /// The causes, the one that explains most first.
  package let diagnoses: [Diagnosis]
  /// The verdict on fini of the task that the run is about.
  package let judgement: Judgement
  /// That task.
  package let subject: TaskID?
  /// What is known of the run in a sentence, without a full stop.
  package let headline: String
  /// The answer.
  package let answer: Answer

  /// Explains a run.
  ///
  /// - Parameter texts: the lines behind events of kind `log` and `unparsed`; quoted, never judged.
  package init(of timeline: Timeline, texts: [UInt32: String] = [:]) {
    let reading = CaseReading(timeline, texts: texts)
    var found = Rules.all.flatMap { $0(reading) }
    Explanation.doubt(&found, reading)
    for index in found.indices { found[index].consequences.sort { $0.event < $1.event } }
    found.sort { Explanation.rank($0) < Explanation.rank($1) }
    // What another cause has for its consequence is none of its own.
    let consequences = Set(found.flatMap { $0.consequences.map { $0.event } })
    let isAlone = found.count { !$0.isHarmless } == 1
    found.removeAll { diagnosis in
      diagnosis.cause == .otherError
        && (!isAlone || diagnosis.evidence.allSatisfy { consequences.contains($0.event) })
    }
    diagnoses = found
    judgement = timeline.judgement
    subject = timeline.subject
    let harmful = found.filter { !$0.isHarmless }
    if harmful.contains(where: { $0.certainty == .yes }) {
      answer = .somethingWrong
    } else if reading.tracer.saidFailed != nil {
      // That something is wrong needs no cause: the tracer says so itself.
      answer = .somethingWrong
    } else if !harmful.isEmpty {
      answer = .unknown
    } else {
      switch timeline.judgement.verdict {
      case .landed: answer = .nothingWrong
      case .intervened, .missed, .lost: answer = .somethingWrong
      // A log that does not show fini may still tell that all went well.
      case .undetermined:
        answer = reading.isLogOfSuccess ? .nothingWrong : .unknown
      case .unfinished: answer = .unknown
      case .neverReached:
        answer = reading.endedWell && reading.showsStops ? .nothingWrong : .unknown
      }
    }
    headline = harmful.first?.sentence ?? Explanation.headline(timeline, reading, found.first)
  }

  /// What is told of something that did not happen may have happened in what was lost.
  private static func doubt(_ found: inout [Diagnosis], _ reading: CaseReading) {
    if let unseen = reading.facts.unseenStop {
      for index in found.indices where found[index].cause.needsStops {
        let last = found[index].evidence.map(\.event).max() ?? .max
        if unseen < last { found[index].certainty = .possible }
      }
    }
    guard let gap = reading.tracer.gaps?.upperBound else { return }
    for index in found.indices where found[index].cause.isOmission {
      let first = found[index].evidence.map(\.event).min() ?? 0
      if first < gap { found[index].certainty = .possible }
    }
  }

  private static func rank(_ diagnosis: Diagnosis) -> Int {
    let place = Cause.allCases.firstIndex(of: diagnosis.cause) ?? 0
    return place + (diagnosis.certainty == .yes ? 0 : 1000) + (diagnosis.isHarmless ? 10_000 : 0)
  }

  private static func headline(
    _ timeline: Timeline, _ reading: CaseReading, _ note: Diagnosis?
  ) -> String {
    let task = timeline.subject.map { "task \($0)" } ?? "the task"
    if reading.tracer.saidFailed != nil {
      return "the tracer says that it failed, and its log does not say why"
    }
    if reading.hasNoRequests {
      return "can't tell: nobody makes a ptrace call in this trace"
    }
    if timeline.judgement.landed == nil, timeline.facts.unseenStop != nil {
      return "can't tell: the trace does not show what \(task) stopped for"
    }
    switch timeline.judgement.verdict {
    case .landed:
      return "nothing wrong: \(task) \(timeline.judgement.landedWords)"
    case .neverReached where reading.endedWell:
      return "nothing wrong: \(task) was traced and let go, and there was no fini in it"
    case .unfinished where reading.subjects.all.isEmpty && !reading.lines.isEmpty:
      return "can't tell: the log does not say how the run ended, nor what the tracer did last"
    case .neverReached:
      return "fini was never reached, and nothing in the trace says why"
    case .undetermined where reading.isLogOfSuccess:
      return "nothing wrong: the tracer tells that it finished well; its log does not show fini"
    case .undetermined:
      return "can't tell: the trace does not show what came of fini"
    default:
      return timeline.judgement.summary
    }
  }
}

extension Judgement {
  fileprivate var landedWords: String {
    switch caught {
    case .breakpoint: "was caught before rt_sigreturn by a breakpoint and let go"
    case .breakpointAfter: "was caught after rt_sigreturn by a breakpoint and let go"
    case .syscall: "was caught at rt_sigreturn by tracing system calls and let go"
    case .direct: "got its registers back from the tracer and was let go"
    case nil: "was cured and let go"
    }
  }
}
