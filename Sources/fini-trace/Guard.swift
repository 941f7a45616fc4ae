import ArgumentParser
import FiniModel
import FiniProcfs
import FiniStore
import Glibc

/// The process that a recording is started as: it lets another one record, and waits.
///
/// A kill -9 of it harms nobody, because the recorder goes on and lets its victim go. If the
/// recorder is killed, the guard repairs what that left; see docs/Decisions/0011 and GuardTests.
struct Guard {
  /// What the guard must outlive: the recorder ends by these in its own way, or by the last at once.
  private static let signals = [SIGHUP, SIGINT, SIGTERM, SIGQUIT]

  private let recorder: pid_t
  private let path: String

  /// Splits the process while it has one thread.
  ///
  /// It returns in the recorder only. The guard ends with the recorder's exit status.
  ///
  /// - Parameter path: the file of the recording, where the guard finds what was under way.
  static func stand(behind path: String) throws {
    // One that is ignored would leave no child to be waited for.
    signal(SIGCHLD, SIG_DFL)
    var before = sigset_t()
    var awaited = awaitedSignals
    precondition(sigprocmask(SIG_BLOCK, &awaited, &before) == 0, "a valid set is refused")
    let child = fork()
    if child == 0 { return becomeRecorder(&before) }
    guard child > 0 else {
      throw Failure(message: "can't start the recorder: \(Errno(rawValue: errno))")
    }
    let recorder = Guard(recorder: child, path: path)
    throw ExitCode(try recorder.conclude(recorder.awaitEnd()))
  }

  /// In a process group of its own: Ctrl-Z, or a kill -9 of the group, must not reach whoever holds
  /// a victim. Ctrl-C is passed on.
  private static func becomeRecorder(_ mask: inout sigset_t) {
    precondition(setpgid(0, 0) == 0, "a new process may always lead a group")
    // It may write to the terminal all the same.
    signal(SIGTTOU, SIG_IGN)
    precondition(sigprocmask(SIG_SETMASK, &mask, nil) == 0, "our own mask is refused")
  }

  private static var awaitedSignals: sigset_t {
    var set = sigset_t()
    sigemptyset(&set)
    for signal in signals + [SIGCHLD] { sigaddset(&set, signal) }
    return set
  }

  /// Passes signals on until the recorder has ended; its wait status.
  ///
  /// The recorder is no tracee, so this wait is none of the tracer's.
  private func awaitEnd() -> Int32 {
    var awaited = Guard.awaitedSignals
    while true {
      var status: Int32 = 0
      if waitpid(recorder, &status, WNOHANG) == recorder { return status }
      let signal = sigwaitinfo(&awaited, nil)
      if signal > 0, signal != SIGCHLD { kill(recorder, signal) }
    }
  }

  /// The exit status, after whatever is to be repaired is.
  private func conclude(_ status: Int32) throws -> Int32 {
    guard case .killed(let signal, _) = WaitStatus(rawValue: UInt32(bitPattern: status)) else {
      return status >> 8 & 0xff
    }
    let tasks = try unfinished()
    let message = "the recorder was ended by \(signal)"
    if tasks.isEmpty { Message.write("\(message); nothing was under way") }
    for identity in tasks {
      Message.write("\(message) in the middle of \(identity.task)")
      try repair(identity)
    }
    return 128 + signal.rawValue
  }

  /// The tasks that the recorder had begun with and not ended.
  private func unfinished() throws -> [TaskIdentity] {
    let file: TraceFile
    do { file = try TraceFile.openForReading(path) } catch {
      switch error {
      // One that was ended before it had a file had begun with nothing (GuardTests).
      case .noSuchFile, .notARecording: return []
      default: throw error
      }
    }
    guard let run = try file.runs().last(where: { $0.tracer.group == TaskID(recorder) }),
      !run.isFinished
    else { return [] }
    guard run.isTree else { return [run.tracee] }
    return try file.cures(of: run.number).filter { $0.end == nil }.map { $0.identity }
  }

  private func repair(_ identity: TaskIdentity) throws {
    // Its number may be somebody else's by now, and if it is, there is nothing to repair.
    guard let now = try? TaskIdentity(reading: identity.task),
      now.startTicks == identity.startTicks
    else { return Message.write("\(identity.task) has ended") }
    let mending = Mending(path: path)
    let report = try mending.mend(
      try Victims.examine(identity.task), patience: 2_000_000_000, isFresh: true)
    let lines = Mending.lines(of: report, identity.task)
    for line in lines { Message.write(line) }
    if lines.isEmpty { Message.write("\(identity.task): nothing to repair") }
    for line in Mending.complaints(of: report, identity.task) { Message.write(line) }
  }
}
