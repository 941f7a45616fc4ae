import FiniEventScripts
import FiniModel
import FiniTimeline
import Testing

@Suite struct SignalHistoryTests {
  @Test("A signal is known from its first sight in a pending set to its fate")
  func history() throws {
    var script = EventScript()
    script.request(.seize)
    script.request(.interrupt)
    script.sets.pending.insert(.user1)
    script.interruptStop()
    let seen = UInt32(script.events.count)
    script.add(.signal(SignalRecord(fate: .pending, info: EventScript.sent(.user1))))
    script.sets.pending.remove(.user1)
    script.request(.cont)
    script.deliveryStop(.user1)
    let stop = UInt32(script.events.count)
    script.request(.cont, 0, 10)
    let history = try #require(Timeline(reading: script.events).signals.first)
    #expect(history.signal == .user1)
    #expect(history.firstPending == seen)
    #expect(history.firstSeen == seen)
    #expect(history.sender == TaskID(4801))
    #expect(history.deliveryStops == [stop])
    #expect(history.fate == .delivered)
    #expect(history.fateEvent == stop + 1)
  }

  @Test("A signal-delivery-stop that is resumed without its signal discards it")
  func discarded() throws {
    var script = EventScript()
    script.deliveryStop(.user1)
    script.request(.cont)
    let history = try #require(Timeline(reading: script.events).signals.first)
    #expect(history.fate == .discarded)
  }

  @Test("A signal that is held is not discarded by the resume")
  func held() throws {
    var script = EventScript()
    script.deliveryStop(.stop)
    script.add(.signal(SignalRecord(fate: .held, info: EventScript.sent(.stop))))
    script.request(.cont)
    let history = try #require(Timeline(reading: script.events).signals.first)
    #expect(history.fate == .held)
    script.add(.signal(SignalRecord(fate: .putBack, info: EventScript.sent(.stop))))
    #expect(Timeline(reading: script.events).signals.first?.fate == .putBack)
  }

  @Test("The traps of a cure are no signals of the task")
  func traps() {
    #expect(Timeline(reading: EventScript.landed(.breakpoint).events).signals.isEmpty)
  }
}
