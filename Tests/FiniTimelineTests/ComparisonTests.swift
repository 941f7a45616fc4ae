import FiniEventScripts
import FiniModel
import FiniTimeline
import Testing

@Suite struct ComparisonTests {
  private let comparison = Comparison(
    Timeline(reading: EventScript.landed(.breakpoint).events),
    Timeline(reading: EventScript.landed(.syscall).events), labels: ("1", "2"))

  private func row(_ measure: Comparison.Measure) -> Comparison.Row? {
    (comparison.totals + comparison.phases + comparison.kinds).first { $0.measure == measure }
  }

  @Test("Fini alone is compared in calls and stops")
  func finiWindow() {
    #expect(row(.finiCalls)?.values == [14, 22])
    #expect(row(.finiCalls)?.difference == 8)
    #expect(row(.finiStops)?.values == [4, 9])
  }

  @Test("Requests are compared phase by phase")
  func kinds() {
    #expect(row(.kind(.fini, .poke))?.values == [3, 0])
    #expect(row(.kind(.infect, .step))?.difference == 0)
    #expect(row(.kind(.infect, .step))?.differs == false)
    #expect(row(.kind(.seize, .detach)) == nil)
  }

  @Test("A phase that one run lacks has no value there")
  func missingPhase() {
    let comparison = Comparison(
      Timeline(reading: EventScript.landed(.breakpoint).events),
      Timeline(reading: EventScript.landed(.direct).events))
    let row = comparison.phases.first { $0.measure == .phaseCalls(.sigreturn) }
    #expect(row?.values[1] == nil)
    #expect(row?.difference == nil)
    #expect(row?.differs == true)
  }

  @Test("A run compared with itself does not differ, whatever its numbers and addresses")
  func same() {
    let timeline = Timeline(reading: EventScript.landed(.breakpoint).events)
    var other = EventScript()
    other.tracee = TaskID(99)
    other.infect()
    other.fini(.breakpoint)
    other.unmapAndDetach()
    let comparison = Comparison(timeline, Timeline(reading: other.events))
    for row in comparison.totals + comparison.phases + comparison.kinds { #expect(!row.differs) }
  }

  @Test("A run of several tasks has their sums, and says how many they are")
  func several() throws {
    let one = Timeline(reading: EventScript.landed(.breakpoint).events)
    var several = ComparedRun(label: "tree", verdict: .landed)
    for _ in 0..<3 { several.add(one) }
    let comparison = Comparison([ComparedRun(one, label: "one"), several])
    #expect(comparison.labels == ["one", "tree"])
    #expect(comparison.totals.first?.measure == .tasks)
    #expect(comparison.totals.first?.values == [1, 3])
    for row in comparison.totals + comparison.phases + comparison.kinds {
      #expect(row.values[1] == row.values[0].map { $0 * 3 }, "\(row.measure.name)")
    }
    #expect(comparison.totals.first { $0.measure == .finiStops }?.values == [4, 12])
  }

  @Test("Between runs of one task each the number of tasks is not told")
  func single() { #expect(!comparison.totals.contains { $0.measure == .tasks }) }
}
