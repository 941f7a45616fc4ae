package import FiniModel

/// Finds the task that a run of our own is about, or a tracer's log: known when all events have passed.
package struct SubjectFinder {
  private let isLog: Bool
  private var spoke: TaskID?
  private var announced: TaskID?
  private var waits: TaskID?
  private var failed: TaskID?
  private var last: TaskID?

  /// Nothing is read yet.
  package init(source: Source) { isLog = source == .criuLog }

  /// Takes the next event.
  package mutating func observe(_ event: Event) {
    guard isLog else { return observe(own: event) }
    guard event.tracee.rawValue > 0 else { return }
    last = event.tracee
    guard case .log(let record) = event.payload else { return }
    switch record.fact {
    case .text, .stepFailed, .failed, .letGo: break
    case .waitsForTrap: waits = waits ?? event.tracee
    default:
      if record.severity == .error { failed = failed ?? event.tracee }
    }
  }

  private mutating func observe(own event: Event) {
    last = event.tracee
    if case .rpc = event.payload { spoke = spoke ?? event.tracee }
    if case .phase = event.payload { announced = announced ?? event.tracee }
  }

  /// In a run of our own the task whose parasite spoke; without one, the task whose phases were announced, else
  /// that of the last event: the first events may belong to the probe of the machine's breakpoints. In a log the
  /// task of which it says that something is wrong, else the one that comes to fini.
  package var subject: TaskID? {
    isLog ? failed ?? waits ?? last : spoke ?? announced ?? last
  }
}
