import ArgumentParser
import FiniImporters
import FiniModel
import FiniPtrace
import FiniRender
import FiniStore
import FiniTimeline
import Glibc

/// `fini-trace import`
struct Import: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Turn other tools' logs of one run into a recording.",
    discussion: """
      Reads logs of strace, CRIU, perf trace, perf script and ftrace, also packed with gzip or zstd; \
      - is standard input. Several files are taken for one run and joined on time. What is not \
      understood is kept: see show --unparsed.
      """)

  @Argument(help: "The logs.") var files: [String]
  @Option(help: "What wrote them; found out by itself when left out.") var format: LineFormat?
  @OptionGroup var file: FileOption
  @OptionGroup var look: StyleOptions
  @Flag(help: "The result as JSON.") var json = false

  func run() throws {
    try reporting {
      let inputs = try ImportRun(files, format: format)
      let file = try TraceFile.openForRecording(self.file.path)
      if let run = try keep(inputs, in: file) {
        let report = CheckReport(run.timeline, header: run.header)
        var output = Output()
        if json {
          report.writeJSON(to: &output)
        } else {
          report.write(to: &output, style: look.style())
        }
        output.flush()
      }
      for summary in inputs.summaries { tell(summary) }
    }
  }

  /// How many events are judged at once; more of them are kept, and judged when somebody asks.
  private static let mostJudged = 500_000
  /// How many are kept in memory while they are read; more of them are read back to be judged.
  private static let mostKept = 300_000

  /// Reads everything and puts it into the file; the run, as it can be read from there, unless it is too
  /// long to be held in memory.
  private func keep(_ inputs: ImportRun, in file: TraceFile) throws -> LoadedRun? {
    var count = 0
    var writer: ImportWriter?
    var batch: [ImportWriter.Item] = []
    // What the run will be judged by: what is read back from the file is the same.
    var events: [Event] = []
    // Room that is not used is not taken.
    events.reserveCapacity(min(inputs.mostEvents ?? 0, Import.mostKept))
    var last: Instant?
    var progress = Progress()
    var isMore = true
    while isMore {
      isMore = try inputs.step { event, text in
        batch.append(ImportWriter.Item(event: event, text: text))
        if count + batch.count <= Import.mostKept { events.append(event) }
      }
      guard batch.count >= 4096 || !isMore else { continue }
      if writer == nil { writer = try file.beginImport(start(inputs, batch)) }
      last = batch.last?.event.left ?? last
      try writer?.add(batch)
      count += batch.count
      // The other thread has it now.
      batch = []
      batch.reserveCapacity(5120)
      if count > Import.mostKept { events = [] }
      progress.show(inputs.progress)
    }
    progress.end()
    guard let writer else { throw Failure(message: "there is nothing to import") }
    return try finish(writer, inputs, in: file, last, count, events)
  }

  private func start(_ inputs: ImportRun, _ batch: [ImportWriter.Item]) -> RunStart {
    let first = batch.first?.event.entered ?? Instant(rawValue: 0)
    // The first tracee that is seized; who it is in the end is found when the run is read.
    let tracee = batch.first { $0.event.kind.isRequest }?.event.tracee ?? TaskID(0)
    let tracer = batch.first { $0.event.kind.isCall }?.event.tracer ?? TaskID(0)
    return RunStart(
      source: inputs.source, commandLine: CommandLine.arguments.joined(separator: " "),
      tracer: TaskIdentity(task: tracer, startTicks: nil, name: ""),
      tracee: TaskIdentity(task: tracee, startTicks: nil, name: ""),
      toolVersion: FiniTrace.version, kernelRelease: "", started: first,
      startedRealtime: inputs.startedRealtime ?? Int64(Tracer.wallClock()))
  }

  private func finish(
    _ writer: ImportWriter, _ inputs: ImportRun, in file: TraceFile, _ last: Instant?, _ count: Int,
    _ events: [Event]
  ) throws -> LoadedRun? {
    // While the other thread writes the last of it.
    let known = count <= Import.mostKept ? Timeline(reading: events) : nil
    try writer.finish(
      RunEnd(exitSummary: "", finished: last ?? Instant(rawValue: 0), finishedRealtime: 0),
      inputs: inputs.summaries.map { summary in
        ImportWriter.Input(
          name: summary.name, format: summary.format.rawValue, lines: summary.lines,
          used: summary.used, passed: summary.passed, unparsed: summary.unparsed,
          offset: summary.offset, anchor: summary.anchor)
      })
    guard count <= Import.mostJudged else {
      Message.write(
        "run \(writer.run) has \(count) events and is kept unjudged: check and explain need memory for all of them"
      )
      return nil
    }
    let run =
      try known.map { LoadedRun(try file.run(.number(writer.run)), $0) }
      ?? LoadedRun(.number(writer.run), in: file)
    try file.setVerdict(
      writer.run, run.timeline.judgement.verdict,
      evidence: run.timeline.judgement.evidence.map { $0.event })
    return run
  }

  private func tell(_ summary: InputSummary) {
    var words = "\(summary.name): \(summary.format.rawValue), \(summary.lines) lines,"
    words += " \(summary.used) used, \(summary.passed) of no use here,"
    words += " \(summary.unparsed) not understood"
    if let anchor = summary.anchor { words += "; joined by \(anchor)" }
    Message.write(words)
  }
}

extension LineFormat: ExpressibleByArgument {}

/// How far a long command is, on a terminal.
struct Progress {
  private let isShown = isatty(STDERR_FILENO) == 1
  private var percent = -1

  mutating func show(_ part: Double?) {
    guard isShown, let part else { return }
    let now = Int(part * 100)
    guard now != percent else { return }
    percent = now
    Output.writeAll(Array("\r\(now) %".utf8), to: STDERR_FILENO)
  }

  func end() {
    if isShown, percent >= 0 { Output.writeAll(Array("\r     \r".utf8), to: STDERR_FILENO) }
  }
}
