package import FiniModel

/// Explains a run whose events pass one after the other, and keeps no more of them than ``mostEvents``.
///
/// A run with no more events is explained by all of them. What a longer one is told from are the events of its
/// ``RunDigest``, and the accounts of its tasks and its tracer, which have seen each event.
package struct RunExplainer {
  /// How many events are kept.
  package static let mostEvents = 100_000

  private let source: Source
  private var digest: RunDigest
  /// Who reads the tasks of a run whose events are not all kept.
  private let tasks: Tasks
  /// What has seen all events; nothing as long as they are kept.
  private var accounts: WholeRun?

  private enum Tasks {
    /// The explainer does; the run is about this task, or about none.
    case read(of: TaskID?)
    /// A ``RunJudge`` does, and is asked in the end.
    case judged
  }

  /// Nothing is read yet.
  ///
  /// - Parameters:
  ///   - source: what reported the run.
  ///   - subject: the task that it is about, if there is one.
  package init(_ source: Source, of subject: TaskID?) {
    self.init(source, of: subject, digest: RunDigest(limit: RunExplainer.mostEvents))
  }

  init(_ source: Source, of subject: TaskID?, digest: RunDigest) {
    self.source = source
    self.digest = digest
    tasks = .read(of: subject)
  }

  /// Explains a run that is judged while its events pass: the task that it is about is not known before the end, and
  /// each is read once, by the judge.
  package init(besideJudgeOf source: Source) {
    self.init(besideJudgeOf: source, digest: RunDigest(limit: RunExplainer.mostEvents))
  }

  init(besideJudgeOf source: Source, digest: RunDigest) {
    self.source = source
    self.digest = digest
    tasks = .judged
  }

  /// Takes the next event of the run.
  ///
  /// - Parameter text: its words, where it is a line.
  package mutating func observe(_ event: Event, text: String?) {
    if digest.isFull, accounts == nil {
      accounts = newAccounts
      for item in digest.items { accounts?.observe(item.event) }
    }
    digest.observe(event, text)
    accounts?.observe(event)
  }

  private var newAccounts: WholeRun {
    switch tasks {
    case .read(let subject): WholeRun(source, of: subject)
    case .judged: WholeRun(besideJudgeOf: source)
    }
  }

  /// What went wrong in the run.
  ///
  /// - Parameters:
  ///   - start: the zero of its times.
  ///   - judgement: what its events were judged to prove.
  ///   - isOpen: whether it has no end.
  package func explanation(
    start: Instant?, judgement: Judgement, isOpen: Bool = false
  ) -> Explanation {
    guard case .read(let subject) = tasks else { preconditionFailure("the judge has the tasks") }
    return explanation(of: subject, accounts, start, judgement, isOpen: isOpen)
  }

  /// What went wrong in a run that has its end.
  ///
  /// - Parameters:
  ///   - judge: has seen the same events; `nil` if it judged another task than the one that the run is about.
  ///   - subject: the task that the run is about.
  /// - Returns: `nil` if that takes a second pass: in a long run of which the judge judged another task.
  package func explanation(
    beside judge: RunJudge?, of subject: TaskID?, start: Instant?, judgement: Judgement
  ) -> Explanation? {
    var accounts = self.accounts
    if accounts != nil {
      guard let judge else { return nil }
      accounts?.take(tasksOf: judge)
    }
    return explanation(of: subject, accounts, start, judgement, isOpen: false)
  }

  private func explanation(
    of subject: TaskID?, _ accounts: WholeRun?, _ start: Instant?, _ judgement: Judgement,
    isOpen: Bool
  ) -> Explanation {
    var events: [Event] = []
    var texts: [UInt32: String] = [:]
    for (event, text) in digest.items {
      events.append(event)
      if let text { texts[event.sequence] = text }
    }
    let timeline: Timeline
    if var accounts {
      accounts.passedOver = digest.seen - events.count
      timeline = Timeline(
        some: events, of: accounts, subject: subject, start: start, judgement: judgement)
    } else {
      timeline = Timeline(reading: events, subject: subject, start: start, judgement: judgement)
    }
    return Explanation(of: timeline, texts: texts, isOpen: isOpen)
  }
}
