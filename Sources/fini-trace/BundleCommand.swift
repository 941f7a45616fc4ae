import ArgumentParser
import FiniRender
import FiniSession
import FiniStore

/// `fini-trace bundle`
struct BundleCommand: Checked {
  static let configuration = CommandConfiguration(
    commandName: "bundle", abstract: "One file for a bug report; what is private is taken out.",
    usage: """
      fini-trace bundle [<file>] [<run> ...] [--log <log> ...] [-o <file>]
          [--no-redact] [--json]
      fini-trace bundle --open <bundle> [-o <folder>] [--json]
      """,
    discussion: HelpText.bundle)

  @Argument(help: ArgumentHelp("A recording, and runs of it.", valueName: "file-run"))
  var words: [String] = []
  @Option(help: "A log to put in beside the runs; may be given again.") var log: [String] = []
  @Option(name: [.customShort("i"), .customLong("file")], help: "The recording.") var file: String?
  @Option(
    name: [.customShort("o"), .customLong("to")],
    help: "The bundle, or with --open the new folder (fini-trace-bundle.tar, fini-trace-bundle).")
  var to: String?
  @Flag(inversion: .prefixedNo, help: "Take out what is private.") var redact = true
  @Option(help: "Check this bundle, and unpack it.") var open: String?
  @Flag(help: "What was written, as JSON.") var json = false

  var mistakes: [Mistake] {
    [
      (
        open != nil && !(words.isEmpty && log.isEmpty && file == nil && redact),
        "--open takes a bundle alone, and -o for the new folder"
      ),
      (open != nil && to == "-", "--open unpacks into a folder: name it with -o"),
      (open == nil && to == "-" && json, "with -o - standard output has the bundle, and no JSON"),
      (
        open == nil && to == "-" && Terminal().isTerminal,
        "a bundle is no text for a terminal: name a file with -o"
      ),
    ]
  }

  func run() throws {
    if let open { return try unpack(open) }
    let input = try InputOption.named(words, in: file, limit: 64)
    let recording = try TraceFile.openForReading(input.path)
    let asked = input.runs.isEmpty ? [.last] : input.runs
    let bundle = Bundle(
      try asked.map { try recording.run($0) }, of: recording, logs: log,
      texts: Bundle.Texts(
        explanation: { IssueText.of(ExplainReport($1, of: $0.timeline, header: $0.header)) },
        tree: { IssueText.of(TreeExplainReport($1, header: $0.header)) },
        doctor: IssueText.of(MachineReport(Machine.rows())),
        version: FiniTrace.configuration.version))
    let path = to ?? "fini-trace-bundle.tar"
    var progress = ShownProgress()
    let differing = try bundle.write(to: path, redacting: redact) { progress.show($0) }
    for line in differing { Message.write(line) }
    let place = path == "-" ? "the bundle to standard output" : path
    Message.write("wrote \(place); read its REDACTED.md before you send it")
    if json { write(BundleReport(wrote: path, isRedacted: redact, differing: differing)) }
  }

  private func write(_ report: BundleReport) {
    var output = Output()
    report.writeJSON(to: &output)
    output.flush()
  }

  private func unpack(_ path: String) throws {
    let bundle = try BundleReader(path)
    let folder = to ?? "fini-trace-bundle"
    let names = try bundle.unpack(into: folder)
    if json { return write(BundleReport(unpacked: names, into: folder)) }
    var output = Output()
    for name in names { output.write("\(folder)/\(Escaped(name))\n") }
    output.flush()
  }
}
