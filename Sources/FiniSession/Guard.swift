internal import FiniModel
internal import FiniProcfs
internal import FiniPtrace
internal import FiniStore

/// The process that a recording is started as: it lets another one record, and waits.
///
/// A kill -9 of it does no harm, because the recorder goes on and lets its victim go. If the
/// recorder is killed, the guard repairs what that left; see docs/Decisions/0011 and GuardTests.
package struct Guard {
  /// What the guard must outlive: the recorder ends by these in its own way, or by the last at once.
  private static let signals: [Signal] = [.hangUp, .interrupt, .terminate, .quit]

  private let recorder: TaskID
  private let path: String
  private let tell: (Notice) -> Void

  /// Splits the process while it has one thread, before a file is open.
  ///
  /// - Parameters:
  ///   - path: the file of the recording, where the guard finds what was under way.
  ///   - tell: takes what the guard has to say.
  /// - Returns: `nil` in the recorder; in the guard the exit status, once the recorder has ended and what it left
  ///   is repaired.
  package static func start(
    file path: String, tell: @escaping (Notice) -> Void
  ) throws -> Int32? {
    let split: SplitProcess?
    do { split = try SplitProcess.fork(passingOn: signals) } catch {
      throw SessionError.recorderNotStarted(error)
    }
    guard let split else { return nil }
    return try Guard(recorder: split.child, path: path, tell: tell).conclude(split.awaitEnd())
  }

  /// The exit status, after whatever is to be repaired is.
  private func conclude(_ end: WaitStatus) throws -> Int32 {
    guard case .killed(let signal, _) = end else {
      if case .exited(let code) = end { return Int32(code) }
      return 1
    }
    let tasks = try unfinished()
    if tasks.isEmpty { tell(.recorderKilled(by: signal, task: nil)) }
    for identity in tasks {
      tell(.recorderKilled(by: signal, task: identity.task))
      try repair(identity)
    }
    return 128 + signal.rawValue
  }

  /// The tasks that the recorder had begun with and not ended.
  private func unfinished() throws -> [TaskIdentity] {
    let file: TraceFile
    do { file = try TraceFile.openForReading(path) } catch {
      switch error {
      // A recorder that ended before it had a file has touched no task (GuardTests).
      case .noSuchFile, .notARecording: return []
      default: throw error
      }
    }
    guard let run = try file.runs().last(where: { $0.tracer.group == recorder }),
      !run.isFinished
    else { return [] }
    guard run.isTree else { return [run.tracee] }
    return try file.cures(of: run.number).filter { $0.end == nil }.map { $0.identity }
  }

  private func repair(_ identity: TaskIdentity) throws {
    // Another task may have its number by now; then there is nothing to repair.
    guard let now = try? TaskIdentity(reading: identity.task),
      now.startTicks == identity.startTicks
    else { return tell(.hasEnded(identity.task)) }
    let report = try Mending(recording: path).mend(
      try Victims.examine(identity.task), patience: 2_000_000_000, isFresh: true)
    tell(.repaired(identity.task, report))
  }
}
