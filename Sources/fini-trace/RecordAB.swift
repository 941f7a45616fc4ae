import ArgumentParser
import FiniEngine
import FiniModel
import FiniPtrace
import FiniStore

/// `fini-trace record PID --ab`: the same task cured twice, by a breakpoint and by tracing system calls.
struct RecordAB {
  private let record: Record

  init(_ record: Record) { self.record = record }

  /// Records both and writes their comparison.
  ///
  /// - Throws: `ExitCode` as compare gives it; a recording that failed is told as record tells it.
  func run() throws {
    guard record.command.isEmpty, !record.watch else {
      throw Failure(
        message: "--ab cures the task itself: it goes with no command and not with --watch",
        status: 64)
    }
    guard !record.tree else {
      throw Failure(
        message: "--ab is of one task: record the tree twice with --strategy, and compare the runs",
        status: 64)
    }
    guard record.strategy == .breakpoint else {
      throw Failure(
        message: "--ab takes breakpoint and syscall, one after the other: leave --strategy out",
        status: 64)
    }
    var facts = try Victims.examine(record.pid)
    try record.standGuard()
    let file = try TraceFile.openForRecording(record.file.path)
    Tracer.blockSignals(interrupts: true)
    var columns: [Compare.Column] = []
    for strategy in [FiniStrategy.breakpoint, .syscall] {
      // The task may have changed since: another cure lies between.
      if !columns.isEmpty { facts = try Victims.examine(record.pid) }
      var options = record.options
      options.strategy = strategy
      let result = try Recording(facts: facts, file: file, options: options).make()
      guard result.report.isCured, result.report.failure == nil, !result.report.wasInterrupted
      else { return try record.tell(result, file) }
      columns.append(try Compare.column(try file.run(.number(result.run)), task: nil, in: file))
    }
    try Compare.tell(
      columns, everything: false, json: record.json, style: record.look.style())
  }
}
