import FiniModel
import FiniProcfs
import FiniTestSupport
import Testing

@Suite("The tasks below a process", .serialized)
struct TaskTreeTests {
  /// The processes below one, as the `children` files show them; read by the tests' own code.
  private func processes(below root: Int32) -> Set<Int32> {
    var found: Set<Int32> = [root]
    var waiting = [root]
    while let process = waiting.popLast() {
      let children = readWhole("/proc/\(process)/task/\(process)/children")
      for child in children.split(separator: " ").compactMap({ Int32($0) }) {
        if found.insert(child).inserted { waiting.append(child) }
      }
    }
    return found
  }

  @Test(
    "All of them, by either way, and without children files as well",
    arguments: [
      (TaskTree.Source.children, true), (.children, false), (.parents, true), (.parents, false),
    ])
  func processes(source: TaskTree.Source, hasChildrenFiles: Bool) throws {
    try withVictim("process-tree", ["12", "3"]) { victim in
      var tree = TaskTree(root: victim.task, hasChildrenFiles: hasChildrenFiles)
      let found = tree.scan(by: source)
      #expect(found.count == 13)
      #expect(Set(found.map { $0.task.rawValue }) == processes(below: victim.pid))
      #expect(found.first?.task == victim.task)
      #expect(Set(found.map(\.name)).count == 13)
      #expect(tree.scan(by: source) == found)
    }
  }

  @Test("A root that started at another time is another process")
  func anotherRoot() throws {
    try withVictim("process-tree", ["2", "2"]) { victim in
      let ticks = try TaskStat(of: victim.task).startTicks
      var same = TaskTree(root: victim.task, startTicks: ticks)
      #expect(same.scan(by: .children).count == 3)
      var another = TaskTree(root: victim.task, startTicks: ticks + 1)
      #expect(another.scan(by: .children) == [])
    }
  }

  @Test("The leader before the other threads of its process")
  func threads() throws {
    try withVictim("idle-threads", ["5"]) { victim in
      var tree = TaskTree(root: victim.task)
      let found = tree.scan(by: .children)
      #expect(found.first?.task == victim.task)
      #expect(found.map { $0.task.rawValue }.sorted() == victim.threads)
      #expect(found.allSatisfy { $0.group == victim.task })
    }
  }

  @Test("A process that has ended is no member any more, nor are those below it from then on")
  func ended() {
    Doors.withFork(.paused) { child in
      var tree = TaskTree(root: TaskID(child))
      #expect(tree.scan(by: .children).map(\.task) == [TaskID(child)])
      Doors.reap(child)
      #expect(tree.scan(by: .children) == [])
      #expect(tree.scan(by: .parents) == [])
    }
  }

  @Test(
    "Another process with the same number is another process",
    .enabled(if: Doors.isRoot, "only root may choose a number"), arguments: [true, false])
  func reused(hasChildrenFiles: Bool) throws {
    try Doors.withReusedNumber { number, replace in
      var tree = TaskTree(root: TaskID(number), hasChildrenFiles: hasChildrenFiles)
      let before = try #require(tree.scan(by: .children).first)
      try replace()
      #expect(tree.scan(by: .children) == [])
      var later = TaskTree(root: TaskID(number))
      let after = try #require(later.scan(by: .children).first)
      #expect(after.task == before.task)
      #expect(after.startTicks != before.startTicks)
    }
  }
}
