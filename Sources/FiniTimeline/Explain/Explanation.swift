package import FiniModel
internal import FiniProof

/// What went wrong in a run, if anything did: what the tracer came to, the first cause that it did not survive,
/// harm that was left even so, and what follows from it.
package struct Explanation: Sendable {
  /// The answer, which is also the exit status.
  package typealias Answer = ExplainedRun.Answer

  /// What was found.
  package let found: ExplainedRun
  /// The verdict on fini of the task that the run is about.
  package let judgement: Judgement
  /// The zero of the run's times; `nil` without events.
  package let start: Instant?

  /// The causes, the one that explains most first.
  package var diagnoses: [Diagnosis] { found.diagnoses }
  /// The task that the run is about.
  package var subject: TaskID? { found.subject }
  /// What is known of the run in a sentence, without a full stop.
  package var headline: String { found.headline }
  /// What came of the part that is done by ptrace, where the cause lies elsewhere: a sentence without a full stop.
  package var ptracePart: String? { found.ptracePart }
  /// The answer.
  package var answer: Answer { found.answer }
  /// How many lines of the run's logs were not understood.
  package var notUnderstood: Int { found.notUnderstood }

  /// How many events the answer was found without: the middle of repeated steps of a long run.
  package var passedOver: Int { found.passedOver }

  /// When an event began that a diagnosis names, in nanoseconds since the zero of the run; `nil` for one without a
  /// time of its own.
  package func offset(of event: UInt32) -> Int64? {
    guard let start, let moment = found.moments[event] else { return nil }
    return moment - start
  }

  /// The greatest length of the headline, without its full stop, in characters.
  package static let headlineLength = 119

  /// What was found when the run ended.
  package init(_ found: ExplainedRun, _ judgement: Judgement, start: Instant?) {
    self.found = found
    self.judgement = judgement
    self.start = start
  }

  /// Explains a run.
  ///
  /// - Parameters:
  ///   - texts: the lines of events of kind `log` and `unparsed`.
  ///   - isOpen: whether the run has no end: its recorder runs, or was killed.
  package init(of timeline: Timeline, texts: [UInt32: String] = [:], isOpen: Bool = false) {
    let reading = CaseReading(timeline, texts: texts)
    var found = Rules.all.flatMap { $0(reading) }
    Explanation.doubt(&found, reading)
    found += Explanation.harmToOthers(timeline, reading, beside: found)
    // A call that took long is no reason to fail for a tracer that names one (FailedDumpTests, on a busy machine).
    if Rules.tracerError(reading, isAlone: false) != nil {
      for index in found.indices where found[index].cause == .slowStep {
        found[index].isHarmless = true
      }
    }
    let isAlone = !found.contains { !$0.isHarmless && !$0.cause.isHarm }
    Explanation.add(Rules.tracerError(reading, isAlone: isAlone), to: &found)
    let first = found.first { !$0.isHarmless && !$0.cause.isHarm }
    if let first, let earlier = Rules.earlierError(beside: first, reading) { found.append(earlier) }
    Explanation.nameFault(reading, in: &found)
    let isMereDoubt = found.allSatisfy { $0.isHarmless || $0.isPossibleHarm }
    if !found.contains(where: { !$0.isHarmless }) {
      found += Rules.failedWithoutReason(reading)
    } else if isMereDoubt {
      // What may have been left is no reason for a tracer to fail.
      found += Rules.failedAfterRefusal(reading)
    }
    for index in found.indices { found[index].consequences.sort { $0.event < $1.event } }
    found.sort { Explanation.rank($0) < Explanation.rank($1) }
    judgement = timeline.judgement
    start = timeline.start
    let harmful = found.filter { !$0.isHarmless }
    let story = Story(timeline: timeline, reading: reading, isOpen: isOpen)
    let answer: Answer
    if harmful.contains(where: { $0.certainty == .yes }) || reading.tracer.saidFailed != nil {
      // That something is wrong needs no cause: the tracer says so itself.
      answer = .somethingWrong
    } else if !harmful.isEmpty {
      answer = reading.hasFailed || reading.isAllRefused ? .somethingWrong : .unknown
    } else {
      answer = story.answer
    }
    self.found = ExplainedRun(
      answer, subject: timeline.subject,
      headline: ToldLine.cut(
        harmful.first?.sentence ?? story.headline, to: Explanation.headlineLength),
      ptracePart: [.tracerError, .failedWithoutReason].contains(harmful.first?.cause)
        ? story.ptracePart : nil,
      diagnoses: found,
      notUnderstood: timeline.whole?.notUnderstood
        ?? timeline.events.count { if case .unparsed = $0.payload { true } else { false } },
      passedOver: timeline.whole?.passedOver ?? 0,
      moments: Explanation.moments(of: found, timeline))
  }

  /// When the events began that a report names.
  private static func moments(of found: [Diagnosis], _ timeline: Timeline) -> [UInt32: Instant] {
    var moments: [UInt32: Instant] = [:]
    for diagnosis in found {
      for item in diagnosis.evidence + diagnosis.consequences + diagnosis.later {
        guard let event = timeline.event(item.event), event.hasOwnTime else { continue }
        moments[item.event] = event.entered
      }
    }
    return moments
  }

  /// What went wrong in the other tasks of another tracer's run: each is asked as the first was.
  private static func harmToOthers(
    _ timeline: Timeline, _ reading: CaseReading, beside found: [Diagnosis]
  ) -> [Diagnosis] {
    guard let source = reading.source, source != .engine, source != .criuLog else {
      return []
    }
    // Beside a loss there is enough to doubt in the task that the run is about.
    guard reading.tracer.gaps == nil else { return [] }
    var all: [Diagnosis] = []
    for other in reading.subjects.others(than: timeline.subject) {
      // Its verdict is known: it is not judged once more.
      let known = Judgement(
        verdict: other.verdict, caught: nil, evidence: [], intervention: nil, findings: [],
        summary: "")
      let own = CaseReading(
        timeline.asked(of: other.task, judgement: known), beside: reading)
      var its = Rules.ofEachTask.flatMap { $0(own) }.filter { $0.task == other.task }
      doubt(&its, own)
      // The tracer went on after it and ended well. Its own kill may not be shown: it needs no kill(2) (ImportTests).
      if reading.endedWell, timeline.judgement.verdict == .landed,
        case .killed(.kill, _)? = own.facts.ending ?? own.tracer.reportedEnd(of: other.task)?.ending
      {
        for index in its.indices where its[index].cause == .killed {
          its[index].isHarmless = true
        }
      }
      all += its.filter { its in
        !found.contains { $0.cause == its.cause && $0.evidence == its.evidence }
      }
    }
    return all
  }

  /// Puts the error of the tracer's log among what the rules found: the first of them is the cause, and what comes
  /// after it follows from it. What a rule explains is not told twice.
  private static func add(_ error: Diagnosis?, to found: inout [Diagnosis]) {
    guard var error else { return }
    for index in found.indices where !found[index].isHarmless {
      if found[index].evidence.contains(where: { $0.event == error.first }) {
        // The rule reads more than this line. What the catalogue advises is of use all the same.
        if found[index].advice.isEmpty { found[index].advice = error.advice }
        return
      }
    }
    let isBehind = found.contains {
      !$0.isHarmless && !$0.cause.isHarm && $0.certainty == .yes && $0.first < error.first
    }
    if isBehind {
      for index in found.indices
      where !found[index].isHarmless && !found[index].cause.isHarm
        && found[index].first < error.first
      {
        let known = Set(found[index].consequences.map(\.event))
        found[index].consequences += error.evidence.filter { !known.contains($0.event) }
      }
      return
    }
    var rest: [Diagnosis] = []
    for diagnosis in found {
      if diagnosis.isHarmless || diagnosis.cause.isHarm {
        rest.append(diagnosis)
      } else {
        let known = Set((error.evidence + error.consequences).map(\.event))
        error.consequences += diagnosis.evidence.filter { !known.contains($0.event) }
      }
    }
    found = rest + [error]
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

  /// Says that a fault was injected: what failed then is no defect of the tracer or the machine.
  private static func nameFault(_ reading: CaseReading, in found: inout [Diagnosis]) {
    guard let number = reading.injectedFault,
      let index = found.firstIndex(where: { !$0.isHarmless && !$0.cause.isHarm })
    else { return }
    let words =
      "CRIU was told to make fault \(number) (CRIU_FAULT, or --fault of its tests): what failed may be that."
    found[index].advice =
      found[index].cause == .extendedState ? [words] : [words] + found[index].advice
    let sentence = found[index].sentence + " (fault \(number) was injected)"
    if sentence.count <= headlineLength { found[index].sentence = sentence }
  }

  private static func rank(_ diagnosis: Diagnosis) -> Int {
    let place = Cause.allCases.firstIndex(of: diagnosis.cause) ?? 0
    return place + (diagnosis.certainty == .yes ? 0 : 1000) + (diagnosis.isHarmless ? 10_000 : 0)
      + (diagnosis.isPossibleHarm ? 1000 : 0)
  }
}

extension Diagnosis {
  /// Harm that may have been left: what is a cause, be it a possible one, comes before it.
  fileprivate var isPossibleHarm: Bool { cause.isHarm && certainty != .yes }
}
