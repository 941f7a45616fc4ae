import ArgumentParser
import FiniRender
import FiniSession

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

  var mistakes: [Mistake] { asked.mistakes }

  private var asked: BundleWords {
    BundleWords(
      open: open, inputs: words + log + [file].compactMap { $0 }, isRedacted: redact, to: to,
      json: json)
  }

  func run() throws {
    if let open { return try unpack(open) }
    let (recording, runs) = try NamedRuns(words, option: file, limit: 64).open()
    let bundle = Bundle(
      runs, of: recording, logs: log,
      texts: Bundle.Texts(
        explanation: { IssueText.of(ExplainedReport($0)) },
        doctor: IssueText.of(MachineReport(Machine.rows())),
        version: FiniTrace.configuration.version))
    let path = asked.path
    var progress = ShownProgress()
    let differing = try bundle.write(to: path, redacting: redact) { progress.show($0) }
    for line in differing { Message.write(line) }
    Message.write(.wroteBundle(path))
    Output.write(
      BundleReport.wrote(path, isRedacted: redact, differing: differing), asJSON: json)
  }

  private func unpack(_ path: String) throws {
    let bundle = try BundleReader(path)
    let names = try bundle.unpack(into: asked.folder)
    Output.write(BundleReport.unpacked(names, into: asked.folder), asJSON: json)
  }
}
