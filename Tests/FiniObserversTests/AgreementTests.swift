import FiniModel
import FiniStore
import FiniTestSupport
import Testing

@Suite(
  "The kernel's account and the tracer's own agree", .serialized, .enabled(if: Watching.isPermitted)
)
struct AgreementTests {
  @Test(
    "Every call of a cure, in order, with what it read and wrote", arguments: FiniStrategy.allCases)
  func calls(_ strategy: FiniStrategy) throws {
    let folder = try Folder()
    let victim = try LiveProcess(
      path: House.victims.get() + "/sleeping", words: ["sleeping", "60"])
    #expect(victim.nextLine() == "ready")
    let database = folder.path + "/a.db"
    let (events, status, lost) = try Watching.run(
      House.products + "/fini-trace",
      ["record", "\(victim.pid)", "--strategy", strategy.name, "-o", database],
      watching: victim.task)
    #expect(status == 0)
    #expect(lost == 0)
    let file = try TraceFile.openForReading(database)
    let told = try file.events(of: 1).filter { $0.tracee == victim.task }
    let seen = events.filter { $0.tracee == victim.task }
    #expect(seen.compactMap(\.callWords) == told.compactMap(\.callWords))
    // The classes of the stops, by another way.
    func classes(_ events: [Event]) -> [StopClass] {
      events.compactMap { if case .stop(let stop) = $0.payload { stop.stopClass } else { nil } }
    }
    #expect(classes(seen) == classes(told))
    #expect(events.map(\.sequence) == Array(1...UInt32(events.count)))
  }
}
