import ArgumentParser
import FiniModel
import FiniRender
import FiniSession
import FiniStore
import FiniTimeline

/// `fini-trace check`
struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Did the stop land before rt_sigreturn? Exit status 0 yes, 1 no, 2 can't tell.",
    discussion: """
      Of another tracer's run it is asked of the process that was named, or of the one that went \
      worst; the others that came to fini are told below, and the worst of all is the exit status. \
      --task asks of one of them.
      """)

  @Argument(help: ArgumentHelp("A run.", valueName: "run")) var wanted = RunSelection.last
  @OptionGroup var file: FileOption
  @OptionGroup var look: StyleOptions
  @Option(help: "Only this task of a tree, or of another tracer's run.") var task: Int32?
  @Flag(help: "The answer as JSON.") var json = false

  func run() throws {
    let file = try TraceFile.openForReading(self.file.path)
    let summary = try file.run(wanted)
    if summary.isTree {
      try check(try LoadedTree(summary, in: file))
    } else {
      try check(try LoadedRun(summary, in: file, task: task.map { TaskID($0) }))
    }
  }

  private func check(_ loaded: LoadedRun) throws {
    let others = task == nil ? loaded.others : []
    Output.write(
      CheckReport(loaded.timeline, header: loaded.header, others: others), asJSON: json, look)
    try end(loaded.landed(with: others))
  }

  private func check(_ tree: LoadedTree) throws {
    if let task {
      for cure in try tree.tasks([TaskID(task)]) {
        guard let run = try tree.run(of: cure) else {
          Message.write(tree.withoutEvents(cure).sentence)
          throw ExitCode(2)
        }
        try check(run)
      }
      return
    }
    let reading = try tree.reading()
    Output.write(TreeReport(reading, header: tree.header, as: .answer), asJSON: json, look)
    try end(reading.landed)
  }

  private func end(_ landed: Bool?) throws {
    if landed != true { throw ExitCode(landed == false ? 1 : 2) }
  }
}
