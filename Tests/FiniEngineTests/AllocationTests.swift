import FiniEngine
import FiniModel
import FiniPtrace
import FiniTestSupport
import Testing

/// A sink that keeps only numbers, in a buffer made before, so that it allocates nothing itself.
final class AllocationSink: EventSink {
  private(set) var worst: [(name: PtraceRequest, count: UInt64)] = []
  private(set) var inStops: UInt64 = 0
  private(set) var stops = 0
  private var atStop: UInt64?

  init() { worst.reserveCapacity(256) }

  func record(_ event: Event) {
    guard let now = Doors.allocations else { return }
    switch event.payload {
    case .wait(let call) where call.status != nil:
      atStop = now
      stops += 1
      Doors.watchAllocations(true)
    case .request(let call) where call.request.resumes:
      Doors.watchAllocations(false)
      guard let before = atStop else { return }
      atStop = nil
      inStops += now - before
      if now > before { worst.append((call.request, now - before)) }
    default: break
    }
  }
}

@Suite("The heap", .serialized)
struct AllocationTests {
  @Test(
    "Nothing is allocated between a stop and its resume",
    .enabled(if: Doors.allocations != nil, "a sanitizer has the heap"),
    arguments: FiniStrategy.allCases)
  @PtraceThread func nothingAllocated(strategy: FiniStrategy) throws {
    try withVictim("blocked-in-read") { victim in
      // The first cure of a process fills caches of the Swift runtime (metadata, witness tables).
      _ = try cure(victim.pid, strategy)
      let facts = try TaskFacts(examining: victim.task, ourselves: TaskID(Doors.ownProcess))
      let sink = AllocationSink()
      let cure = try Cure(of: facts, options: CureOptions(strategy: strategy))
      let report = cure.run(recordingTo: sink)
      Doors.watchAllocations(false)
      #expect(report.isCured)
      #expect(sink.stops > 5)
      #expect(sink.inStops == 0, "\(sink.worst)")
      if sink.inStops > 0 { Doors.printAllocations() }
    }
  }
}
