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
      worst; the others that reached fini are told below, and the worst of all is the exit status. \
      --task asks of one of them.
      """)

  @OptionGroup var wanted: RunOption
  @OptionGroup var output: ReportOptions
  @Option(help: "Only this task of a tree, or of another tracer's run.") var task: Int32?

  func run() throws {
    let (file, summary) = try wanted.open()
    if summary.isTree {
      try check(try LoadedTree(summary, in: file))
    } else {
      try check(try Answer(summary, in: file, task: task.map { TaskID($0) }))
    }
  }

  private func check(_ answer: Answer) throws {
    output.write(CheckReport(answer))
    try end(answer.landed)
  }

  private func check(_ tree: LoadedTree) throws {
    if let task {
      for cure in try tree.tasks([TaskID(task)]) {
        guard let answer = try tree.answer(of: cure) else {
          Message.write(tree.withoutEvents(cure).description)
          throw ExitCode(2)
        }
        try check(answer)
      }
      return
    }
    let reading = try tree.reading()
    output.write(TreeReport(reading, header: tree.header, as: .answer))
    try end(reading.landed)
  }

  private func end(_ landed: Bool?) throws {
    if landed != true { throw ExitCode(landed == false ? 1 : 2) }
  }
}
