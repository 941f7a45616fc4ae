import FiniEventScripts
import FiniModel
import FiniTimeline
import Testing

@Suite struct TimelineFilterTests {
  private let timeline = Timeline(reading: EventScript.landed(.breakpoint).events)

  private func sequences(_ change: (inout TimelineFilter) -> Void) -> [UInt32] {
    var filter = TimelineFilter()
    change(&filter)
    return filter.events(of: timeline).map { $0.sequence }
  }

  @Test("Without conditions every event passes")
  func everything() { #expect(sequences { _ in }.count == timeline.events.count) }

  @Test("Around an event are ten neighbours on each side, or fewer at the ends")
  func around() {
    #expect(sequences { $0.around = 30 } == Array(20...40))
    #expect(sequences { $0.around = 3 } == Array(1...13))
    let last = UInt32(timeline.events.count)
    #expect(sequences { $0.around = last } == Array((last - 10)...last))
    #expect(
      sequences {
        $0.around = 30
        $0.context = 1
      } == [29, 30, 31])
    #expect(
      sequences {
        $0.around = 30
        $0.context = 0
      } == [30])
  }

  @Test("Neighbours are counted among what passes the other conditions")
  func aroundKind() {
    let pokes = timeline.events.filter { $0.kind == .poke }.map { $0.sequence }
    #expect(
      sequences {
        $0.kinds = [.poke]
        $0.around = pokes[1]
      } == pokes)
  }

  @Test("Phase, kind and task must all pass")
  func conditions() {
    let fini = sequences { $0.phases = [.fini] }
    #expect(fini.allSatisfy { timeline.phase(of: $0) == .fini })
    #expect(!fini.isEmpty)
    #expect(
      sequences {
        $0.phases = [.fini]
        $0.kinds = [.poke]
      }.count == 3)
    #expect(sequences { $0.tasks = [TaskID(1)] }.isEmpty)
    #expect(sequences { $0.tasks = [TaskID(4711)] }.count == timeline.events.count)
  }

  @Test("Times are milliseconds since the start of the run, both ends included")
  func times() {
    // SEIZE takes 2 us and a pause of 1 us follows: the second event begins at 3 us.
    #expect(sequences { $0 = TimelineFilter(untilMilliseconds: 0.003) } == [1, 2])
    #expect(sequences { $0 = TimelineFilter(sinceMilliseconds: 0.003) }.first == 2)
    #expect(sequences { $0 = TimelineFilter(sinceMilliseconds: 1e300) }.isEmpty)
    #expect(sequences { $0 = TimelineFilter(untilMilliseconds: -1) }.isEmpty)
    #expect(
      sequences { $0 = TimelineFilter(untilMilliseconds: .infinity) }.count == timeline.events.count
    )
    #expect(
      sequences { $0 = TimelineFilter(sinceMilliseconds: .nan) }.count == timeline.events.count)
  }
}
