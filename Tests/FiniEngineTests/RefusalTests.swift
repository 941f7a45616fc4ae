import FiniEngine
import FiniModel
import FiniProof
import FiniPtrace
import FiniTestSupport
import Foundation
import Testing

@Suite("Tasks that are not touched")
struct EngineRefusalTests {
  private func refusal(of task: Int32) -> Refusal? {
    do throws(Refusal) {
      _ = try TaskFacts(examining: TaskID(task), ourselves: TaskID(Doors.ownProcess))
      return nil
    } catch {
      return error
    }
  }

  @Test("A number that no process has")
  func noProcess() {
    #expect(refusal(of: Int32.max) == .noSuchProcess(TaskID(Int32.max)))
    #expect(refusal(of: 0) == .noSuchProcess(TaskID(0)))
    #expect(refusal(of: -1) == .noSuchProcess(TaskID(-1)))
  }

  @Test(
    "A kernel thread",
    .enabled(if: readWhole("/proc/2/comm") == "kthreadd\n", "process 2 is not kthreadd here"))
  func kernelThread() {
    #expect(refusal(of: 2) == .kernelThread(TaskID(2), name: "kthreadd"))
  }

  @Test("A task that ends after its examination is reported as gone", arguments: [false, true])
  @PtraceThread func endsBetween(isReaped: Bool) throws {
    try withVictim("blocked-in-read") { victim in
      let facts = try TaskFacts(examining: victim.task, ourselves: TaskID(Doors.ownProcess))
      // The first is ready for its cure, the second is not yet.
      let ready = try Cure(of: facts, options: CureOptions())
      victim.signal(9)
      try OtherTask(pid: victim.pid).settle(in: ["Z"])
      if isReaped { victim.end() }
      #expect(throws: CureError.gone(victim.task)) { try Cure(of: facts, options: CureOptions()) }
      #expect(ready.run(recordingTo: nil).failure == .gone(victim.task))
    }
  }

  @Test("A task that ends directly before its seize is reported as gone")
  @PtraceThread func endsBeforeSeize() throws {
    try withVictim("blocked-in-read") { victim in
      let made = try cure(victim.pid, .syscall) { call in
        if call == 0 { victim.end() }
      }
      #expect(made.report.failure == .gone(victim.task))
      #expect(!made.report.isCured)
    }
  }

  @Test("A zombie, with its parent")
  func zombie() throws {
    try Doors.withFork(.zombie) { child in
      try OtherTask(pid: child).settle(in: ["Z"])
      guard case .zombie(let task, _, let parent) = refusal(of: child) else {
        Issue.record("not refused as a zombie")
        return
      }
      #expect(task == TaskID(child))
      #expect(parent == TaskID(Doors.ownProcess))
    }
  }

  @Test("A dead thread leader, with a thread that still runs")
  func deadLeader() throws {
    let facts = VictimFacts.named("dead-leader")
    try facts.withVictim { victim, patient in
      let found = refusal(of: victim.pid)
      #expect(
        found
          == .deadLeader(victim.task, name: "dead-leader", living: TaskID(patient.pid)))
      #expect(found?.message.hasSuffix("name one of them, such as \(patient.pid)") ?? false)
      #expect(refusal(of: patient.pid) == nil)
      #expect(facts.complaints(of: victim) == [])
    }
  }

  /// The message to user 65534 about a victim of the same user.
  private func saidToNobody(of name: String) throws -> (said: String, pid: Int32) {
    let setpriv = ["setpriv", "--reuid=65534", "--clear-groups"]
    let path = try House.victims.get() + "/" + name
    let victim = try LiveProcess(path: "/usr/bin/setpriv", words: setpriv + [path])
    defer { victim.end() }
    try #require(victim.nextLine() == "ready")
    #expect(victim.reaches(["S"]))
    let helper = House.products + "/fini-cure-helper"
    let words = Array(setpriv.dropFirst()) + [helper, "examine", "\(victim.pid)"]
    let said = House.run("setpriv", words).output
    #expect(victim.ask("on") == "line on", "it is untouched")
    return (said, victim.pid)
  }

  @Test(
    "A task of the same user, under seccomp: only root may suspend that",
    .enabled(if: Doors.isRoot, "needs root"),
    arguments: ["seccomp-strict", "seccomp-filter"])
  func seccomp(name: String) throws {
    let (said, pid) = try saidToNobody(of: name)
    #expect(
      said == """
        not permitted to trace \(pid) (\(name)): it is under seccomp, which only a tracer with \
        CAP_SYS_ADMIN may suspend; run as root

        """)
  }

  @Test("A task of the same user that is not dumpable", .enabled(if: Doors.isRoot, "needs root"))
  func notDumpable() throws {
    let (said, pid) = try saidToNobody(of: "not-dumpable")
    #expect(
      said == """
        not permitted to trace \(pid) (not-dumpable): it is not dumpable, or a security module \
        forbids it; run as root

        """)
  }

  @Test("A usual task of the same user is not refused", .enabled(if: Doors.isRoot, "needs root"))
  func usual() throws {
    #expect(try saidToNobody(of: "blocked-in-read").said == "touchable\n")
  }

  @Test("The tool itself, by process and by thread")
  func ourselves() {
    let process = TaskID(Doors.ownProcess)
    #expect(refusal(of: Doors.ownProcess) == .ourselves(process))
    let own = Doors.ownTask
    #expect(refusal(of: own) == .ourselves(TaskID(own)))
  }

  @Test("The tool's parent and process 1, which wait for it")
  func ancestor() throws {
    let parent = try #require(Int32(statusField(of: Doors.ownProcess, "PPid")))
    guard case .ancestor(TaskID(parent), _) = refusal(of: parent) else {
      Issue.record("the parent was not refused")
      return
    }
    guard case .ancestor(TaskID(1), _) = refusal(of: 1) else {
      Issue.record("process 1 was not refused")
      return
    }
  }

  @Test("A task that another tracer has, with the tracer's name")
  func traced() throws {
    try withVictim("blocked-in-read") { victim in
      try Doors.withOtherTracer(of: victim.pid) { tracer in
        guard case .traced(let task, let holder, let name) = refusal(of: victim.pid) else {
          Issue.record("not refused as traced")
          return
        }
        #expect(task == victim.task)
        #expect(holder == TaskID(tracer))
        #expect(name + "\n" == readWhole("/proc/\(tracer)/comm"))
      }
      // The tracer is dead, and the task has no tracer again.
      try eventually("no tracer", seeing: { victim.status("TracerPid") }) { $0 == "0" }
      #expect(refusal(of: victim.pid) == nil)
    }
  }

  @Test(
    "A 32-bit program is like any other", .enabled(if: House.builds32Bit, "none is made here"))
  func compat() throws {
    try withVictim("blocked-in-read-32") { #expect(refusal(of: $0.pid) == nil) }
  }

  @Test("A task of root, for another user", .enabled(if: Doors.isRoot, "needs root"))
  func notPermitted() throws {
    try withVictim("blocked-in-read") { victim in
      let helper = House.products + "/fini-cure-helper"
      let said = House.run(
        "setpriv", ["--reuid=65534", "--clear-groups", helper, "examine", "\(victim.pid)"])
      #expect(
        said.output == """
          not permitted to trace \(victim.pid) (blocked-in-read): it belongs to user 0 and you are \
          65534; run as that user, as root, or with CAP_SYS_PTRACE

          """)
    }
  }
}
