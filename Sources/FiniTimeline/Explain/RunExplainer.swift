package import FiniModel
/// Explains a run whose events pass one after the other, and keeps no more of them than ``mostEvents``.
///
/// A run with no more events is explained by all of them. What a longer one is told from are the events of its
/// ``RunDigest``, and the accounts of its tasks and its tracer, which have seen each event.
package struct RunExplainer {
  /// How many events are kept.
  package static let mostEvents = 100_000

  private let source: Source
  private let subject: TaskID?
  private var digest: RunDigest
  /// What has seen all events; nothing as long as they are kept.
  private var accounts: WholeRun?

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
    self.subject = subject
    self.digest = digest
  }

  /// Takes the next event of the run.
  ///
  /// - Parameter text: its words, where it is a line.
  package mutating func observe(_ event: Event, text: String?) {
    if digest.isFull, accounts == nil {
      accounts = WholeRun(source, of: subject)
      for item in digest.items { accounts?.observe(item.event) }
    }
    digest.observe(event, text)
    accounts?.observe(event)
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
