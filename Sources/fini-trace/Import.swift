import ArgumentParser
import FiniImporters
import FiniRender
import FiniSession
import FiniTimeline

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
  @OptionGroup var output: ReportOptions

  func run() throws {
    var progress = Progress()
    let result = try Importing(files, format: format, recordingTo: file.path)
      .run(progress: { progress.show($0) })
    output.write(CheckReport(result.run.answer))
    for summary in result.inputs { Message.write(.imported(summary)) }
  }
}
