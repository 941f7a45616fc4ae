internal import FiniImporters
internal import FiniModel
internal import FiniProcfs
internal import FiniPtrace

/// Finds the logs that a command makes CRIU write.
///
/// Its words name them, or the words of a process that it starts, or a descriptor of such a process: one that is told by a
/// socket what to do has no words (criu swrk). A log that was there before and was not written since is of another run.
final class TracerLogs {
  /// What is known of a log.
  private struct Candidate {
    var path: String
    /// What was there before; not known of one that was found while the command ran.
    var before: FileMark?
    var wasLookedAtBefore: Bool
  }

  /// How many processes are looked at at once: a command that starts more is no wrapper.
  private static let mostProcesses = 256

  private let started = RunBook.Moment.now
  private var candidates: [Candidate] = []
  private var wide: [(folder: String, path: String)] = []
  private var held: [HeldFile] = []
  /// Tracers whose log is known.
  private var settled: Set<TaskID> = []
  private var read: Set<TaskID> = []

  /// Looks at the files before the command runs.
  init(_ command: [String]) { add(LogPlace.named(in: command, directory: "."), isBefore: true) }

  /// Looks at one tracer, at its beginning: its words name its log, or a descriptor of it does.
  convenience init(of tracer: TaskID) {
    self.init([])
    look(at: tracer)
  }

  private func add(_ places: [LogPlace], isBefore: Bool) {
    for place in places {
      switch place {
      case .file(let path):
        guard !candidates.contains(where: { $0.path == path }) else { continue }
        candidates.append(
          Candidate(
            path: path, before: isBefore ? FileMark(path) : nil, wasLookedAtBefore: isBefore))
      case .below(let folder, let path):
        guard !wide.contains(where: { $0 == (folder, path) }) else { continue }
        wide.append((folder, path))
      }
    }
  }

  /// Looks at the processes below the command, and at a tracer that is none of them.
  func look(below command: TaskID, tracer: TaskID?) {
    var waiting = [command] + [tracer].compactMap { $0 }
    var seen: Set<TaskID> = []
    while let process = waiting.popLast(), seen.count < TracerLogs.mostProcesses {
      guard seen.insert(process).inserted else { continue }
      waiting += ProcFile.children(of: process)
      if !settled.contains(process) { look(at: process) }
    }
  }

  private func look(at process: TaskID) {
    let words = ProcFile.words(of: process)
    guard words.contains(where: { $0 == "criu" || $0.hasSuffix("/criu") }) else { return }
    if read.insert(process).inserted {
      let folder = (try? ProcFile.link("/proc/\(process)/cwd")) ?? "."
      add(LogPlace.named(in: words, directory: folder), isBefore: false)
    }
    for (number, name) in HeldFile.written(by: process, suffix: ".log") {
      // One that this user may not read is told when its path is read.
      guard let file = try? HeldFile(number, of: process, called: name) else { continue }
      held.append(file)
      settled.insert(process)
    }
  }

  /// The logs that were written since, each once.
  var found: [LogFile] {
    var marks: [FileMark] = []
    var found: [LogFile] = []
    func take(_ path: String, _ name: String, _ mark: FileMark) {
      guard !marks.contains(where: { $0.isSameFile(as: mark) }) else { return }
      marks.append(mark)
      found.append(LogFile(path, called: name, lastWrite: onRunClock(mark.written)))
    }
    for candidate in candidates {
      guard let mark = FileMark(candidate.path) else { continue }
      let isNew = candidate.wasLookedAtBefore ? mark != candidate.before : isWrittenSince(mark)
      if isNew { take(candidate.path, candidate.path, mark) }
    }
    for file in held {
      guard let mark = FileMark(file.path), isWrittenSince(mark) else { continue }
      take(file.path, file.name, mark)
    }
    for (folder, path) in wide {
      for name in ProcFile.names(in: folder) {
        let place = "\(folder)/\(name)/\(path)"
        if let mark = FileMark(place), isWrittenSince(mark) { take(place, place, mark) }
      }
    }
    return found
  }

  private func isWrittenSince(_ mark: FileMark) -> Bool {
    mark.written >= started.realtime - FileMark.tick
  }

  private func onRunClock(_ written: Int64) -> Int64 {
    let now = RunBook.Moment.now
    return Int64(bitPattern: now.monotonic.rawValue) - (now.realtime - written)
  }
}
