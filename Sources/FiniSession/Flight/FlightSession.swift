import FiniImporters
import FiniModel
import FiniObservers
import FiniProcfs
import FiniStore

/// A tracer's session that is being recorded.
struct FlightSession {
  /// The tracer, as it was when it began.
  let tracer: TaskIdentity
  /// Its words, or its name where it was gone too soon.
  let commandLine: String
  /// Of CRIU alone.
  let logs: TracerLogs?
  /// Whether its numbers of tasks are those of a pid namespace.
  let isInNamespace: Bool

  /// Looks at a tracer that has just begun; `nil` if that is not one of those that are asked for.
  ///
  /// - Parameter caller: what the kernel said of it, for a process that is gone already.
  init?(of tracer: TaskID, _ caller: TracerSessions.Caller, _ options: FlightOptions) {
    let name = FlightSession.name(of: tracer, caller)
    guard options.wants(name) else { return nil }
    self.tracer =
      (try? TaskIdentity(reading: tracer))
      ?? TaskIdentity(task: tracer, startTicks: nil, name: name)
    let told = ProcFile.words(of: tracer)
    let words = told.isEmpty ? caller.words : told
    commandLine = words.isEmpty ? name : words.joined(separator: " ")
    let isCRIU = words.contains { $0 == "criu" || $0.hasSuffix("/criu") }
    logs = isCRIU ? TracerLogs(of: tracer) : nil
    isInNamespace = FlightSession.isInNamespace(tracer)
  }

  /// Whether a tracer is one of those that are asked for.
  static func isWanted(
    _ tracer: TaskID, _ caller: TracerSessions.Caller, _ options: FlightOptions
  ) -> Bool { options.wants(name(of: tracer, caller)) }

  private static func name(of tracer: TaskID, _ caller: TracerSessions.Caller) -> String {
    (try? ProcFile.word("/proc/\(tracer)/comm")) ?? caller.name
  }

  private static func isInNamespace(_ task: TaskID) -> Bool {
    guard let mine = try? ProcFile.link("/proc/self/ns/pid"),
      let theirs = try? ProcFile.link("/proc/\(task)/ns/pid")
    else { return false }
    return mine != theirs
  }

  /// Its beginning, as the file has it.
  func start(at moment: Instant, in book: RunBook) -> RunStart {
    let now = RunBook.Moment.now
    let passed = Int64(bitPattern: now.monotonic.rawValue &- moment.rawValue)
    return book.start(
      session: RunBook.Subject(
        source: .bpf, tracer: tracer,
        tracee: TaskIdentity(task: TaskID(0), startTicks: nil, name: "")),
      at: RunBook.Moment(monotonic: moment, realtime: now.realtime - passed),
      commandLine: commandLine)
  }
}

/// A session that is over, and whose events are all in the file.
struct EndedSession: Sendable {
  let run: Int64
  let tracer: TaskIdentity
  let logs: [LogFile]
  /// How it ended, where that is to be told.
  let reason: String?
  /// What the run does not show.
  let unseen: String?
}
