import FiniEngine
import FiniModel
import FiniPtrace
import FiniTestSupport
import Testing

/// A signal whose default action dumps core ends the victim as it would without a tracer.
///
/// While the core is written the task is on its way to its end, and can't be stopped any more.
@Suite("A signal that dumps core, between any two calls of the tracer", .serialized)
struct CoreDumpTests {
  static let quit = Signal(rawValue: 3)
  /// The exit status after it. It has a type: `#expect` takes `128 + 3` for an Int, and an `Int32?` never
  /// equals that.
  static let endByQuit: Int32 = 128 + 3

  /// What the untouched twin does.
  private static func twin() throws -> (end: Int32?, cores: [String]) {
    try CoreDumper.with { twin in
      twin.process.signal(3)
      let end = twin.process.waitForEnd(within: 20_000)
      return (end, try twin.cores)
    }
  }

  @Test(
    "It ends by it, the core is there, and that is told",
    .disabled(if: CoreDumper.hindrance != nil, Comment(rawValue: CoreDumper.hindrance ?? "")),
    arguments: FiniStrategy.allCases)
  @PtraceThread func atEachBoundary(strategy: FiniStrategy) throws {
    let twin = try Self.twin()
    #expect(twin.end == Self.endByQuit)
    #expect(twin.cores.count == 1)
    let calls = try CoreDumper.with { try cure($0.process.pid, strategy).log.calls }
    try #require(calls.count > 30)
    let seize = try #require(calls.firstIndex { $0.kind == .seize })
    for index in calls.indices {
      try CoreDumper.with { dumper in
        var isSent = false
        let made = try cure(dumper.process.pid, strategy, deadline: 20_000_000_000) {
          guard $0 == index else { return }
          isSent = true
          dumper.process.signal(3)
        }
        let place = "before call \(index) of \(calls.count), \(calls[index].callName)"
        #expect(isSent, "\(place)")
        #expect(made.report.leftBehind.isEmpty, "\(place)")
        switch made.report.failure {
        // It was blocked until the task was let go.
        case nil:
          #expect(made.report.isCured, "\(place)")
          #expect(dumper.process.waitForEnd(within: 20_000) == Self.endByQuit, "\(place)")
        // The kernel refuses to seize a task that is on its way to its end.
        case .gone:
          #expect(index <= seize, "\(place)")
          #expect(dumper.process.waitForEnd(within: 20_000) == Self.endByQuit, "\(place)")
        // The wait of the tracer has taken its end.
        case let failure:
          #expect(failure == .ended(.killed(Self.quit, dumpedCore: true)), "\(place)")
          #expect(!made.report.isCured, "\(place)")
        }
        #expect(try dumper.cores == twin.cores, "\(place)")
      }
    }
  }

  @Test(
    "One that it takes before the first stop ends the cure, and is told with its core",
    .disabled(if: CoreDumper.hindrance != nil, Comment(rawValue: CoreDumper.hindrance ?? "")),
    arguments: FiniStrategy.allCases)
  @PtraceThread func beforeTheStop(strategy: FiniStrategy) throws {
    let calls = try CoreDumper.with { try cure($0.process.pid, strategy).log.calls }
    let interrupt = try #require(calls.firstIndex { $0.kind == .interrupt })
    try CoreDumper.with { dumper in
      var isInStop = false
      let made = try cure(dumper.process.pid, strategy, deadline: 20_000_000_000) {
        guard $0 == interrupt else { return }
        dumper.process.signal(3)
        isInStop = dumper.process.reaches(["t"])
      }
      #expect(isInStop)
      #expect(made.report.failure == .ended(.killed(Self.quit, dumpedCore: true)))
      #expect(!made.report.isCured)
      #expect(made.report.leftBehind.isEmpty)
      #expect(try dumper.cores.count == 1)
      // It is told that the signal was delivered, once.
      let fates = made.log.events.compactMap {
        if case .signal(let record) = $0.payload, record.info.signal == Self.quit {
          record.fate
        } else {
          nil
        }
      }
      #expect(fates.filter { $0 == .delivered }.count == 1, "\(fates)")
    }
  }
}
