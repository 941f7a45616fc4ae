internal import FiniImporters
internal import FiniModel
internal import FiniStore

/// Puts logs into a stored run.
struct LogJoining {
  let file: TraceFile

  /// What the run shows by which the clocks of logs are found.
  func base(of run: Int64, by source: Source) throws(StoreError) -> JoinBase {
    let inputs = try file.inputs(of: run)
    var base = JoinBase(
      name: "run \(run)", source: source,
      hasLog: inputs.contains { $0.format == LineFormat.criuLog.rawValue })
    try file.forEachEvent(of: run) {
      base.observe($0)
      return true
    }
    try file.forEachLogLine(of: run) { base.observe(line: $0, at: $1) }
    return base
  }

  /// Reads all of the logs into the run, which is unfinished then if it was finished.
  ///
  /// - Throws: `ImportError`, or `StoreError`; the run is as it was then.
  func join(
    _ logs: ImportRun, into run: Int64, progress: (Double?) -> Void = { _ in }
  ) throws -> RunBefore {
    var isMore = true
    var failure: ImportError?
    // The run's last moment: a log without any time was written until then.
    var end = Instant(rawValue: 0)
    try file.forEachEvent(of: run) {
      end = max(end, $0.left)
      return true
    }
    var untimed: [ImportWriter.Item] = []
    do {
      return try file.join(into: run, source: logs.source) {
        var batch: [ImportWriter.Item] = []
        while isMore, batch.isEmpty {
          do throws(ImportError) {
            isMore = try logs.step { event, text in
              let item = ImportWriter.Item(event: event, text: text)
              // Lines before the first one that has a time belong to it.
              if !event.hasOwnTime, event.entered.rawValue == 0 { return untimed.append(item) }
              batch += LogJoining.placed(&untimed, at: event.entered)
              batch.append(item)
            }
            if !isMore { batch += LogJoining.placed(&untimed, at: end) }
          } catch {
            failure = error
            throw error
          }
        }
        progress(logs.progress)
        return batch
      } inputs: {
        logs.summaries.map { ImportWriter.Input($0) }
      }
    } catch {
      if let failure { throw failure }
      throw error
    }
  }

  /// Puts the logs that a tracer wrote among the events of its run. One that can't be read is told, and takes nothing
  /// from the run.
  ///
  /// - Returns: whether there is one among them.
  func join(
    found logs: [LogFile], into run: Int64, by source: Source, tell: (Notice) -> Void
  ) throws -> Bool {
    var isJoined = false
    for log in logs {
      do {
        let base = try base(of: run, by: source)
        let inputs = try ImportRun([log], format: .criuLog, onto: base, demand: .none)
        if inputs.surveyed.allSatisfy({ $0.summary.lines == 0 }) {
          throw ImportError.empty(name: log.name)
        }
        _ = try join(inputs, into: run)
        isJoined = true
        for summary in inputs.summaries { tell(.readLog(summary)) }
      } catch let error as ImportError {
        tell(.logNotRead(error.description))
      }
    }
    return isJoined
  }

  /// Gives lines the place that they have no time for.
  private static func placed(
    _ items: inout [ImportWriter.Item], at moment: Instant
  ) -> [ImportWriter.Item] {
    defer { items = [] }
    return items.map {
      var item = $0
      item.event.entered = moment
      item.event.left = moment
      return item
    }
  }
}
