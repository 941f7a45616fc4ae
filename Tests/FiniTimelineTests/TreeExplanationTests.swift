import FiniEventScripts
import FiniModel
import FiniTimeline
import Testing

/// What is told of a tree whose tasks came to different ends.
@Suite struct TreeExplanationTests {
  private static func task(
    _ number: Int32, _ outcome: CureOutcome?, _ reason: String = "", judged: JudgedTask? = nil
  ) -> TaskReading {
    TaskReading(
      identity: TaskIdentity(task: TaskID(number), startTicks: nil, name: "t\(number)"),
      processName: "tree", outcome: outcome, reason: reason, strategyTaken: nil, judged: judged)
  }

  private static func judged(_ script: EventScript) -> (Timeline, JudgedTask) {
    let timeline = Timeline(reading: script.events)
    return (timeline, timeline.judged)
  }

  private static let landed = task(11, .cured, judged: judged(.landed(.breakpoint)).1)

  private func explain(_ tasks: [TaskReading], isFinished: Bool = true) -> TreeExplanation {
    TreeExplanation(TreeReading(tasks, isFinished: isFinished)) { _ in nil }
  }

  @Test("All cured, and some that ended by themselves before")
  func good() {
    let all = explain([Self.landed, Self.task(12, .vanished, "it ended")])
    #expect(all.answer == .nothingWrong)
    #expect(
      all.headline == "nothing wrong: 1 of 2 tasks cured and let go; 1 ended by itself before")
    #expect(all.troubles.isEmpty)
  }

  @Test("One that was refused: it is named with its reason, and the answer is unknown")
  func refused() {
    let some = explain([Self.landed, Self.task(13, .refused, "13 is traced by 9 (gdb)")])
    #expect(some.answer == .unknown)
    #expect(some.headline == "1 of 2 tasks not cured: 13 is traced by 9 (gdb)")
    let none = explain([Self.task(13, .refused, "its process is a zombie")])
    #expect(none.headline == "no task was cured: task 13: its process is a zombie")
  }

  @Test("Turns that did not come, as after Ctrl-C")
  func interrupted() {
    let some = explain([Self.landed, Self.task(14, .notVisited), Self.task(15, .notVisited)])
    #expect(some.answer == .unknown)
    #expect(some.headline == "2 of 3 tasks not cured: task 14 came to not-visited")
    #expect(
      explain([Self.landed], isFinished: false).headline.hasPrefix(
        "can't tell yet: the run has no end"))
  }

  @Test("A task that was killed in its cure comes first, and is told by its events")
  func killed() throws {
    let (timeline, judged) = Self.judged(
      .infected { $0.add(.ended(.killed(.kill, dumpedCore: false))) })
    let wrong = Self.task(16, .failed, "it was killed", judged: judged)
    let told = TreeExplanation(
      TreeReading([Self.task(13, .refused, "13 is traced"), wrong, Self.landed])
    ) { task in
      task.identity.task == TaskID(16) ? Explanation(of: timeline) : nil
    }
    #expect(told.answer == .somethingWrong)
    #expect(told.troubles.map { $0.task.identity.task.rawValue } == [16, 13])
    #expect(told.headline.hasPrefix("1 of 3 tasks went wrong: task "))
    #expect(told.headline.contains("was killed by SIGKILL"))
    #expect(told.headline.count <= 119)
  }
}
