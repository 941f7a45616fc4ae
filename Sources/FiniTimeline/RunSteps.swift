package import FiniModel
internal import FiniProof

/// What one pass over the events of a run shows beside what is stored of it: how much was done of each kind in each
/// phase, and whether it was the same as in another run. No event is kept.
package struct RunSteps: Sendable {
  /// What was done in each phase.
  package private(set) var kinds: [PhaseSteps] = []
  /// How many events were lost.
  package private(set) var lost: UInt64 = 0

  /// The steps of a phase so far: how many, and a number that they come to.
  struct Digest: Sendable {
    var count = 0
    var hasher = Hasher()

    /// The same number for the same steps, in this process; for others with a chance of one in 2^64.
    var value: Int { hasher.finalize() }
  }

  private(set) var digests: [Phase: Digest] = [:]
  private(set) var reader: StepReader
  private let unread: StepReader
  private var account: TaskAccount

  /// Nothing is read yet.
  ///
  /// - Parameters:
  ///   - subject: the task whose steps count.
  ///   - phases: its phases, which are known.
  package init(of subject: TaskID?, phases: [PhaseSpan], source: Source) {
    reader = StepReader(of: subject, phases: phases)
    unread = reader
    account = TaskAccount(source: source)
  }

  /// Takes the next event of the run.
  package mutating func observe(_ event: Event) {
    if case .gap(let count) = event.payload { lost &+= count }
    guard reader.concerns(event) else { return }
    account.observe(event)
    guard let phase = reader.phase(of: event) else { return }
    let place = kinds.firstIndex { $0.phase == phase } ?? kinds.endIndex
    if place == kinds.endIndex { kinds.append(PhaseSteps(of: phase)) }
    kinds[place].add(event)
    guard let step = reader.step(event, in: phase) else { return }
    digests[phase, default: Digest()].count += 1
    digests[phase, default: Digest()].hasher.combine(step)
  }

  /// Names for the task's addresses.
  var addresses: AddressBook { AddressBook(blob: account.memory.blob) }

  /// One that reads the same run from its first event.
  var beginning: StepReader { unread }
}

/// Tells which events are steps of the task, and what each means without what changes from run to run.
struct StepReader: Sendable {
  let subject: TaskID?
  let phases: [PhaseSpan]
  private var last: [Phase: Divergence.Step] = [:]

  init(of subject: TaskID?, phases: [PhaseSpan]) {
    self.subject = subject
    self.phases = phases
  }

  func concerns(_ event: Event) -> Bool { TaskJudge.concerns(event, subject) }

  func phase(of event: Event) -> Phase? { phases.phase(of: event.sequence) }

  /// The step that an event is; `nil` if it is none.
  mutating func step(_ event: Event, in phase: Phase) -> Divergence.Step? {
    guard event.tracee == subject, let step = Divergence.step(event) else { return nil }
    // How many words were looked at is no step of its own.
    if event.kind == .peek, last[phase] == step { return nil }
    last[phase] = step
    return step
  }
}
