import FiniEventScripts
import FiniModel
import FiniRender
import FiniTimeline

/// Runs to render.
enum Samples {
  static func timeline(_ strategy: FiniStrategy) -> Timeline {
    Timeline(reading: EventScript.landed(strategy).events)
  }

  /// A breakpoint after rt_sigreturn that was not reached because of a pending SIGUSR1.
  static let intervened: Timeline = {
    var script = EventScript()
    script.infect()
    script.sets.sharedPending.insert(.user1)
    script.interruptParasite()
    script.add(
      .signal(SignalRecord(fate: .pending, info: EventScript.sent(.user1), toProcess: true)))
    script.runToBreakpoint(EventScript.after)
    script.sets = SignalSets(pending: .empty, sharedPending: .empty, blocked: .empty)
    script.deliveryStop(.user1, at: EventScript.after)
    script.add(.signal(SignalRecord(fate: .held, info: EventScript.sent(.user1))))
    script.poke(7, 0)
    script.verify()
    script.unmapAndDetach()
    return Timeline(reading: script.events)
  }()

  /// Everything that can go wrong for a tracer.
  static let troubles: Timeline = {
    var script = EventScript()
    script.infect()
    script.interruptParasite()
    script.runToBreakpoint(EventScript.sigreturn)
    script.add(.missed(Missed(awaited: .breakpoint, waited: 200_000_000)))
    script.add(
      .snapshot(
        Snapshot(
          state: 0x74, programCounter: EventScript.receiving, dr0: EventScript.sigreturn.rawValue,
          dr6: 0, dr7: 1, sets: script.sets)))
    script.add(.fallback(Fallback(from: .breakpoint, to: .syscall, reason: .breakpointMissed)))
    script.request(.pokeData, 0x40_0000, 0xcc, result: -3)
    script.request(PtraceRequest(rawValue: 0x4299), result: -22)
    script.add(.wait(WaitCall(target: TaskID(4711), options: 0, result: -10)))
    script.add(.gap(lost: 12))
    script.add(.putBack(PutBack(item: .mapping, result: -3)))
    script.request(.detach)
    script.add(.ended(.killed(.trap, dumpedCore: true)))
    return Timeline(reading: script.events)
  }()

  static func header(_ strategy: FiniStrategy?, comm: String = "worker") -> RunHeader {
    RunHeader(
      number: 3, pid: TaskID(4711), comm: comm, strategyAsked: strategy, strategyTaken: strategy,
      startedRealtime: 1_772_366_400_000_000_000, eventCount: 95, verdict: .landed,
      frozen: 410_000)
  }

  static func show(
    _ timeline: Timeline, _ strategy: FiniStrategy? = .breakpoint, style: TextStyle = TextStyle()
  ) -> String {
    show(timeline, header: header(strategy), style: style)
  }

  static func show(
    _ timeline: Timeline, header: RunHeader, style: TextStyle = TextStyle(),
    events: [Event]? = nil
  ) -> String {
    var text = ""
    var report = TimelineReport(timeline.outline, header: header, asJSON: false, style: style)
    report.begin(to: &text)
    report.add(events ?? timeline.events, of: timeline.passage, to: &text)
    report.end(to: &text)
    return text
  }

  /// The rows alone.
  static func rows(of timeline: Timeline, _ events: [Event]) -> String {
    var text = ""
    var timelineText = TimelineText(timeline.outline, header: header(.breakpoint))
    timelineText.writeRows(events, of: timeline.passage, to: &text)
    return text
  }
}
