import ArgumentParser
import FiniModel
import FiniRender
import FiniSession
import FiniStore

/// `fini-trace watch`
struct WatchCommand: Checked {
  static let configuration = CommandConfiguration(
    commandName: "watch", abstract: "Record every tracer's work on this machine, until Ctrl-C.",
    usage: "fini-trace watch [--tracer <name> ...] [--keep <size,age>] [-o <file>]",
    discussion: HelpText.watch)

  @Option(help: "Only tracers whose process has this name; may be given several times.")
  var tracer: [String] = []
  @Option(
    help: ArgumentHelp(
      "Drop the oldest runs beyond this size and age: 2GiB, 30d, or 2GiB,30d.",
      valueName: "size,age"))
  var keep: String?
  @OptionGroup var file: FileOption
  @Flag(help: "Tell nothing of the sessions that end.") var quiet = false
  // For tests.
  @Option(help: .hidden) var quietAfter: Double = 5
  @Option(help: .hidden) var mostOpen: Int = 1024
  @Option(help: .hidden) var ringSize: UInt32?

  private var keeping: Keeping? { keep.flatMap { Keeping(words: $0) } }

  var mistakes: [Mistake] {
    [
      (
        keep != nil && keeping == nil,
        "--keep takes a size, an age or both, as 2GiB,30d: KiB, MiB, GiB, TiB; s, min, h, d"
      ),
      (
        (keeping?.bytes).map { $0 < Keeping.leastBytes } ?? false,
        "--keep needs 16MiB or more: what is recorded at once has to have room"
      ),
      (tracer.contains(""), "--tracer needs a name, as ps -o comm shows it"),
      (!(quietAfter > 0 && quietAfter < 1e6), "--quiet-after needs some seconds"),
      (mostOpen < 1, "--most-open needs one or more"),
    ]
  }

  func run() throws {
    let isQuiet = quiet
    let options = FlightOptions(
      path: file.path, tracers: tracer, keeping: keeping, quiet: quietAfter, mostOpen: mostOpen,
      ringSize: ringSize)
    let signal = try FlightRecorder(options) { notice in
      if !isQuiet || !notice.isNews { Message.write(notice) }
    }.run()
    throw ExitCode(128 + signal.rawValue)
  }
}
