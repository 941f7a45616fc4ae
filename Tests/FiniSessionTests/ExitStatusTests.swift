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

  @Test func `what is foreseen nowhere is a fault of our own`() {
    struct Unforeseen: Error {}
    #expect(ExitStatus(of: Unforeseen()).rawValue == 70)
  }
}
