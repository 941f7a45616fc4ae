package import FiniModel
internal import FiniProof

/// Cuts the events of a run into passages: where it cuts, nothing before belongs to something after it.
///
/// So a run of any length is shown with the memory of one passage (PassageTests).
package struct PassageReader {
  private let subject: TaskID?
  private let length: Int
  private let limit: Int
  private var events: [Event] = []
  private var pairs = PairFinder()
  private var remoteCalls = RemoteCallFinder()

  /// How many events a passage has, unless there is no place to cut.
  package static let usualLength = 512
  /// How many it has at most: then it is cut where something belongs together.
  package static let usualLimit = 16_384

  /// - Parameters:
  ///   - subject: the task whose stops are paired with their calls.
  ///   - length: how many events a passage has.
  package init(
    of subject: TaskID?, length: Int = PassageReader.usualLength,
    limit: Int = PassageReader.usualLimit
  ) {
    self.subject = subject
    self.length = length
    self.limit = limit
  }

  /// Takes the next event.
  ///
  /// - Returns: a passage that ends with it; its phases are not known here.
  package mutating func observe(_ event: Event) -> Passage? {
    events.append(event)
    if concerns(event) {
      pairs.observe(event)
      remoteCalls.observe(event)
    }
    // What is done with another task stays together.
    let isOwn = subject == nil || event.tracee == subject
    let isFull = events.count >= length && isOwn && pairs.isSettled && !remoteCalls.isUnderWay
    return isFull || events.count >= limit ? end() : nil
  }

  /// The passage of what was taken since the last one; `nil` without any.
  package mutating func end() -> Passage? {
    guard !events.isEmpty else { return nil }
    let passage = Passage(
      events: events, stops: pairs.stops, remoteCalls: remoteCalls.found,
      breakpoints: pairs.breakpoints)
    events.removeAll(keepingCapacity: true)
    pairs.forgetFound()
    remoteCalls.forgetFound()
    return passage
  }

  private func concerns(_ event: Event) -> Bool {
    TaskJudge.concerns(event, subject)
  }
}
