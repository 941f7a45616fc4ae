import FiniModel
import FiniSession
import FiniStore
import Testing

/// An accident is told from an answer by the exit status.
struct ExitStatusTests {
  @Test func `no file and no run are 66, a wrong query is 64`() {
    #expect(ExitStatus(of: StoreError.noSuchFile(path: "a")).rawValue == 66)
    #expect(ExitStatus(of: StoreError.noSuchRun(.last, existing: [])).rawValue == 66)
    #expect(ExitStatus(of: StoreError.notADatabase(path: "a")).rawValue == 66)
    #expect(ExitStatus(of: StoreError.queryFailed(message: "a")).rawValue == 64)
    #expect(ExitStatus(of: NamedRuns.Mistake.neither("a")).rawValue == 64)
  }

  @Test func `what is not permitted is 69, and a full disk is 74`() {
    #expect(ExitStatus(of: StoreError.notReadable(path: "a")).rawValue == 69)
    #expect(ExitStatus(of: StoreError.noSpace(path: "a")).rawValue == 74)
    #expect(ExitStatus(of: StoreError.notWritable(path: "a")).rawValue == 74)
    #expect(ExitStatus(of: SessionError.noSuchProcess(TaskID(7))).rawValue == 69)
  }

  @Test func `a command that could not be run is told as env tells it`() {
    #expect(ExitStatus(of: SessionError.commandNotRun("a", .noEntry)).rawValue == 127)
    #expect(ExitStatus(of: SessionError.commandNotRun("a", Errno(rawValue: 13))).rawValue == 126)
  }

  @Test func `what makes no comparison is wrong usage`() {
    #expect(ExitStatus(of: SessionError.tooFewRuns).rawValue == 64)
    #expect(ExitStatus(of: SessionError.tasksOfRuns(tasks: 2, runs: 3)).rawValue == 64)
  }

  private func passedOn(
    _ status: WaitStatus?, isOver: Bool = false, didTouch: Bool = true
  ) -> CommandEnd.PassedOn {
    CommandEnd(status: status, wasTimedOut: isOver, didTouch: didTouch).passedOn
  }

  @Test func `the end of a launched command is passed on, as env and timeout do it`() {
    #expect(passedOn(.exited(code: 0)) == .status(0))
    #expect(passedOn(.exited(code: 0), didTouch: false) == .status(1))
    #expect(passedOn(.exited(code: 7)) == .status(7))
    #expect(passedOn(.exited(code: 7), didTouch: false) == .status(7))
    #expect(passedOn(.killed(.terminate, dumpedCore: false)) == .signal(.terminate))
    #expect(passedOn(.killed(.kill, dumpedCore: false), isOver: true) == .status(124))
    #expect(passedOn(nil) == .status(125))
  }

  @Test func `a watch that was broken off is told from one whose tracer left`() {
    #expect(WatchEnd.left.status.rawValue == 0)
    #expect(WatchEnd.ended(TaskID(7)).status.rawValue == 0)
    #expect(WatchEnd.timedOut.status.rawValue == 124)
    #expect(WatchEnd.interrupted.status.rawValue == 130)
  }

  @Test func `what is foreseen nowhere is a fault of our own`() {
    struct Unforeseen: Error {}
    #expect(ExitStatus(of: Unforeseen()).rawValue == 70)
  }
}
