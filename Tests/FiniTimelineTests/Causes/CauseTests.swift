import FiniEventScripts
import FiniModel
import FiniTimeline
import Testing

/// A script of events, and what `explain` may say of one cause after it.
struct CauseCase: CustomTestStringConvertible, Sendable {
  enum Claim: String, Sendable {
    /// It is named, and sure.
    case named
    /// It is named as possible.
    case possible
    /// It may not be named.
    case absent
  }
  var cause: Cause
  var claim: Claim
  var name: String
  var script: EventScript
  /// What the headline must have.
  var words: String?

  init(
    _ cause: Cause, _ claim: Claim, _ name: String, _ script: EventScript,
    saying words: String? = nil
  ) {
    self.cause = cause
    self.claim = claim
    self.name = name
    self.script = script
    self.words = words
  }

  /// A case whose script a closure makes.
  init(
    _ cause: Cause, _ claim: Claim, _ name: String, saying words: String? = nil,
    by source: Source = .strace, _ body: (inout EventScript) -> Void
  ) {
    self.init(cause, claim, name, .told(by: source, body), saying: words)
  }

  var testDescription: String { "\(cause.rawValue) \(claim.rawValue): \(name)" }
}

/// Each cause in a script in which it is named, in one in which it may not be, and in one in which it is only
/// possible.
@Suite struct CauseTests {
  static let cases =
    CauseCase.seizing + CauseCase.infection + CauseCase.fini + CauseCase.leaving
    + CauseCase.registers + CauseCase.changes + CauseCase.lettingGo + CauseCase.deaths
    + CauseCase.misuse + CauseCase.waiting + CauseCase.smallTools
    + CauseCase.logs + CauseCase.requests

  /// Its rule needs a line, or an answer of the kernel, that says it in so many words: there is no half of it.
  static let alwaysSure: Set<Cause> = [
    .uninterruptible, .ownTree, .frozenGroup, .parasiteCrashed, .badFrame, .extendedState,
    .stopSignalInFini, .breakpointRefused, .exited, .outsideOfParasite, .trapBlocked, .leftArmed,
    .detachedArmed, .handlerLost, .slowStep, .breakpointsOff, .timedOut, .notStopped, .faultLoop,
    .restoredTaskCrashed, .tracerError, .failedWithoutReason, .interruptedCall,
    .signalGiven, .callSkipped,
  ]
  /// What is left when nothing else is known.
  static let neverSure: Set<Cause> = [.lost]
  /// What is a finding and never a cause.
  static let onlyFound: Set<Cause> = [
    .putBackFailed, .registersDiffer, .registersMended, .selfCured, .intervention, .fallback, .gap,
  ]

  @Test("It is named, possible, or absent, as its script says", arguments: cases)
  func claim(_ found: CauseCase) {
    let explanation = Explanation(of: Timeline(reading: found.script.events))
    let told = explanation.diagnoses.filter { $0.cause == found.cause }
    let all = explanation.diagnoses.map { "\($0.cause.rawValue) \($0.certainty): \($0.sentence)" }
    switch found.claim {
    case .named: #expect(told.contains { $0.certainty == .yes }, "\(all)")
    case .possible:
      #expect(!told.isEmpty && told.allSatisfy { $0.certainty == .possible }, "\(all)")
    case .absent: #expect(told.isEmpty, "\(all)")
    }
    if let words = found.words { #expect(explanation.headline.contains(words), "\(all)") }
    #expect(explanation.headline.count <= Explanation.headlineLength, "\(explanation.headline)")
    // What is said is said of events that are there.
    let last = UInt32(found.script.events.count)
    for diagnosis in told {
      #expect(!diagnosis.evidence.isEmpty)
      #expect(diagnosis.evidence.allSatisfy { (1...last).contains($0.event) })
    }
  }

  @Test("No cause goes without its scripts", arguments: Cause.allCases)
  func complete(_ cause: Cause) {
    let claims = Set(Self.cases.filter { $0.cause == cause }.map(\.claim))
    var expected: Set<CauseCase.Claim> = [.named, .possible, .absent]
    if Self.alwaysSure.contains(cause) { expected.remove(.possible) }
    if Self.neverSure.contains(cause) { expected.remove(.named) }
    if Self.onlyFound.contains(cause) { expected = [] }
    #expect(claims == expected)
  }
}
