package import FiniModel
internal import FiniProof

/// Cuts the events of a run that is being recorded into passages, as they come: with the phases found so far.
package struct LivePassages {
  private var reader: PassageReader
  private var task: TaskJudge

  /// - Parameter subject: the task that the run is about, as far as that is known.
  package init(of subject: TaskID?, source: Source) {
    reader = PassageReader(of: subject)
    task = TaskJudge(of: subject, source: source)
  }

  /// Takes the next event.
  package mutating func observe(_ event: Event) -> Passage? {
    task.observe(event)
    return finished(reader.observe(event))
  }

  /// What was taken since the last passage: nothing that belongs to it came for a while.
  package mutating func end() -> Passage? { finished(reader.end()) }

  private func finished(_ passage: Passage?) -> Passage? {
    guard var passage, let first = passage.events.first?.sequence else { return nil }
    let open = task.phases.lastIndex { $0.first <= first } ?? 0
    passage.phases = Array(task.phases[min(open, task.phases.count)...])
    passage.blob = task.account.memory.blob
    return passage
  }
}
