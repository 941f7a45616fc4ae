import ArgumentParser
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
  @OptionGroup var only: TaskOption

  func run() throws {
    let (file, summary) = try wanted.open()
    guard summary.isTree else {
      return try end(with: try Answer(summary, in: file, task: only.id))
    }
    let tree = try LoadedTree(summary, in: file)
    if let task = only.id { return try tree.answers(of: task).forEach { try end(with: $0) } }
    let reading = try tree.reading()
    try end(TreeReport(reading, header: tree.header, as: .answer), reading.landed)
  }

  private func end(with answer: Answer) throws { try end(CheckReport(answer), answer.landed) }

  private func end(_ report: some Report, _ landed: Bool?) throws {
    try output.end(with: report, status: landed.map { $0 ? 0 : 1 } ?? 2)
  }
}
