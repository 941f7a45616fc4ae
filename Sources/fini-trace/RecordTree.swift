import ArgumentParser
import FiniEngine
import FiniModel
import FiniProcfs
import FiniPtrace
import FiniRender
import FiniStore
import FiniTimeline
import Glibc

/// `fini-trace record --tree`: one run for all tasks below a process.
struct RecordTree {
  private let record: Record

  init(_ record: Record) { self.record = record }

  func run() throws {
    guard record.rescans >= 0 else {
      throw Failure(message: "--rescans can't be negative", status: 64)
    }
    if let timeout = record.timeout, !(timeout > 0 && timeout < 1e9) {
      throw Failure(message: "--timeout must be above 0 s", status: 64)
    }
    let root = try Victims.number(record.pid)
    // Before a file is made for nothing.
    let identity = try examine(root)
    try record.standGuard()
    let file = try TraceFile.openForRecording(record.file.path)
    // Before there is a second thread: the signals are read from a descriptor by the tracer.
    Tracer.blockSignals(interrupts: true)
    let (result, run, reading) = try make(identity, in: file)
    try tell(result, reading, try LoadedTree(try file.run(.number(run)), in: file))
  }

  /// Who the root is, if its tree may be begun at all.
  private func examine(_ root: TaskID) throws -> TaskIdentity {
    let process: TaskID
    do {
      process = try TreeCure.process(toBeginWith: root, ourselves: TaskID(getpid()))
    } catch {
      throw Failure(message: error.message)
    }
    do { return try TaskIdentity(reading: process) } catch {
      throw Failure(message: Refusal.noSuchProcess(root).message)
    }
  }

  private func make(_ root: TaskIdentity, in file: TraceFile) throws -> (
    TreeResult, run: Int64, TreeReading
  ) {
    let options = TreeOptions(
      cure: record.options, rescans: record.rescans,
      time: record.timeout.map { Int64($0 * 1e9) })
    let tracer = PtraceThread.runBlocking { Tracer.currentTask }
    let recorder = try file.beginRun(
      RunStart(
        source: .engine, strategyAsked: options.cure.strategy,
        commandLine: CommandLine.arguments.joined(separator: " "),
        tracer: try TaskIdentity(reading: tracer), tracee: root, isTree: true,
        toolVersion: FiniTrace.version, kernelRelease: Recording.kernelRelease,
        started: Tracer.now(), startedRealtime: Int64(Tracer.wallClock())))
    let (result, failure) = PtraceThread.runBlocking { () -> (TreeResult, StoreError?) in
      let sink = TreeRecorder(recorder, file)
      let result = TreeCure(
        below: root, ourselves: TaskID(getpid()), options: options, recordingTo: sink
      ).run()
      sink.endLateCures()
      return (result, sink.failure)
    }
    if let failure { throw failure }
    try recorder.flush()
    let reading = try LoadedTree(try file.run(.number(recorder.run)), in: file).reading()
    try recorder.finish(
      RunEnd(
        verdict: reading.tasks.isEmpty ? nil : reading.verdict,
        strategyTaken: reading.strategies.first?.strategy,
        exitSummary: ([reading.sentence] + [result.leftAlone].compactMap { $0 }).joined(
          separator: "; ")
          + (result.wasInterrupted ? "; interrupted" : result.wasOverdue ? "; timed out" : ""),
        finished: Tracer.now(), finishedRealtime: Int64(Tracer.wallClock())))
    return (result, recorder.run, reading)
  }

  private func tell(_ result: TreeResult, _ reading: TreeReading, _ tree: LoadedTree) throws {
    let report = TreeReport(reading, header: tree.header, kernelMade: result.kernelMade)
    var output = Output()
    if record.json {
      report.writeJSON(to: &output)
    } else {
      report.writeSummary(to: &output, style: record.look.style())
      if let leftAlone = result.leftAlone { output.write("\(Escaped(leftAlone))\n") }
    }
    output.flush()
    if result.wasInterrupted {
      Message.write("interrupted; no task is left traced")
      throw ExitCode(130)
    }
    if result.wasOverdue {
      Message.write("--timeout is over; no task is left traced")
      throw ExitCode(124)
    }
    guard result.tasks.allSatisfy({ $0.outcome.isGood }), reading.count(.cured) > 0 else {
      Message.write("run \(tree.summary.number): \(reading.sentence)")
      throw ExitCode(1)
    }
  }
}
