import FiniModel
import FiniPtrace
import FiniStore
import FiniTestSupport
import Foundation

/// A recording of many runs, to check that it has all of their events.
@PtraceThread
final class Shelf {
  private let folder: String
  private var file: TraceFile?

  init() throws {
    folder = NSTemporaryDirectory() + "fini-matrix-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    file = try TraceFile.openForRecording(folder + "/matrix.db")
  }

  /// Begins a run.
  func begin(of task: Int32, _ cell: Cell) throws -> Recorder {
    guard let file else { preconditionFailure("the shelf is gone") }
    let own = TaskIdentity(task: TaskID(Doors.ownTask), startTicks: nil, name: "fini-matrix")
    return try file.beginRun(
      RunStart(
        source: .engine, strategyAsked: cell.strategy, commandLine: "fini-matrix", tracer: own,
        tracee: TaskIdentity(task: TaskID(task), startTicks: nil, name: cell.guest.name),
        toolVersion: "matrix", kernelRelease: "", started: Tracer.now(),
        startedRealtime: Int64(Tracer.wallClock())))
  }

  /// Ends it. Returns what is missing in the file.
  func end(_ recorder: Recorder, _ log: EventLog) throws -> [String] {
    try recorder.finish(
      RunEnd(
        exitSummary: "", finished: Tracer.now(), finishedRealtime: Int64(Tracer.wallClock())))
    guard let run = try file?.run(.number(recorder.run)) else { return ["the run is missing"] }
    if run.eventCount != log.events.count || run.lost != 0 {
      return ["\(run.eventCount) of \(log.events.count) events are in the file"]
    }
    return []
  }

  /// The file that another process may record to.
  func path(_ number: Int) -> String { folder + "/\(number).db" }

  /// Removes it.
  func clear() {
    file = nil
    try? FileManager.default.removeItem(atPath: folder)
  }
}
