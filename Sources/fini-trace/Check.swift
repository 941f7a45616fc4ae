import ArgumentParser
import FiniModel
import FiniRender
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

  @Argument(help: ArgumentHelp("A run.", valueName: "run")) var wanted = RunArgument()
  @OptionGroup var file: FileOption
  @OptionGroup var look: StyleOptions
  @Option(help: "Only this task of a tree, or of another tracer's run.") var task: Int32?
  @Flag(help: "The answer as JSON.") var json = false

  func run() throws {
    try reporting {
      let file = try TraceFile.openForReading(self.file.path)
      let summary = try file.run(wanted.selection)
      if summary.isTree {
        try check(try LoadedTree(summary, in: file))
      } else {
        try check(
          try LoadedRun(.number(summary.number), in: file, task: task.map { TaskID($0) }))
      }
    }
  }

  private func check(_ loaded: LoadedRun) throws {
    var output = Output()
    let others = task == nil ? loaded.others : []
    let report = CheckReport(loaded.timeline, header: loaded.header, others: others)
    if json {
      report.writeJSON(to: &output)
    } else {
      report.write(to: &output, style: look.style())
    }
    output.flush()
    let judgement = loaded.timeline.judgement
    let answers = [judgement.leftTraces ? false : judgement.landed] + others.map { $0.landed }
    try end(answers.contains(false) ? false : answers.contains(nil) ? nil : true)
  }

  private func check(_ tree: LoadedTree) throws {
    if let task {
      for cure in try tree.tasks([TaskID(task)]) {
        guard let run = try tree.run(of: cure) else {
          throw Failure(message: tree.sentenceWithoutEvents(of: cure), status: 2)
        }
        try check(run)
      }
      return
    }
    let reading = try tree.reading()
    var output = Output()
    let report = TreeReport(reading, header: tree.header)
    if json {
      report.writeJSON(to: &output)
    } else {
      report.writeCheck(to: &output, style: look.style())
    }
    output.flush()
    try end(reading.landed)
  }

  private func end(_ landed: Bool?) throws {
    switch landed {
    case true?: break
    case false?: throw ExitCode(1)
    case nil: throw ExitCode(2)
    }
  }
}
