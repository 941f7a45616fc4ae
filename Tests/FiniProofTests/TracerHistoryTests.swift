import FiniEventScripts
import FiniModel
import FiniProof
import Testing

/// How far a tracer came, and what it came to; what follows from that for a cause is in CauseTests.
@Suite struct TracerHistoryTests {
  private static let nanosecondsPerMicrosecond: Int64 = 1000

  private func history(_ source: Source = .strace, _ body: (inout EventScript) -> Void)
    -> TracerHistory
  {
    TracerHistory(of: EventScript.told(by: source, body).events)
  }

  @Test("Progress is the last call, at all and on each task; a stop and a signal are no calls")
  func progress() {
    let other = TaskID(4712)
    let history = history {
      $0.request(.seize)  // 1
      $0.tracee = other
      $0.request(.seize)  // 2
      $0.request(.interrupt)  // 3
      $0.tracee = TaskID(4711)
      $0.interruptStop()  // 4, a wait; 5, a stop
      $0.add(.signal(SignalRecord(fate: .generated, info: EventScript.sent(.user1))))
    }
    #expect(history.calls == 4)
    #expect(history.lastStep == 4)
    #expect(history.steps == [TaskID(4711): 1...4, other: 2...3])
    #expect(history.callers == [EventScript.tracer])
    #expect(history.hasRequests)
  }

  @Test("Waits alone are calls and no requests")
  func waits() {
    let history = history { $0.wait(0x57f) }
    #expect(history.calls == 1 && !history.hasRequests)
  }

  @Test("A failed call is a refusal and a step")
  func refusals() {
    let history = history {
      $0.request(.seize)
      $0.poke(7, 1, result: -28)
    }
    #expect(history.refusals.map(\.event.sequence) == [2])
    #expect(history.refusals.first?.call.error?.rawValue == 28)
    #expect(history.lastStep == 2)
  }

  @Test(
    "Its own word counts before its exit status, and that before an error that it survived",
    arguments: [
      ([], nil, .notSeen),
      ([], .exited(code: 0), .succeeded),
      ([], .exited(code: 1), .failed),
      ([], .killed(.kill, dumpedCore: false), .killed(.kill)),
      ([.finished], .exited(code: 1), .succeeded),
      ([.failed], .exited(code: 0), .failed),
      ([.text], .exited(code: 0), .succeeded),
      ([.text], .exited(code: 1), .failed),
      ([.failed, .finished], nil, .failed),
      ([.finished, .failed], nil, .failed),
      ([.text, .finished], nil, .succeeded),
      ([.text], .killed(.kill, dumpedCore: false), .failed),
    ] as [([LogFact], Ending?, TracerHistory.Outcome)])
  func outcome(_ said: [LogFact], _ ending: Ending?, _ outcome: TracerHistory.Outcome) {
    let history = history {
      $0.take()
      for fact in said { $0.log(fact, fact == .finished ? .info : .error) }
      if let ending { $0.endTracer(ending) }
    }
    #expect(history.outcome == outcome)
    #expect(history.end?.ending == ending)
    #expect(history.showsEnds == (ending != nil))
  }

  @Test("The end of a task is not the tracer's")
  func otherEnd() {
    let history = history {
      $0.take()
      $0.add(.ended(.exited(code: 0)))
    }
    #expect(history.end == nil && history.outcome == .notSeen)
    #expect(history.showsEnds)
  }

  @Test("A wait without a stop hangs by its own duration or by what its tracer did next")
  func vainWait() {
    let second = ForeignStream.hang / Self.nanosecondsPerMicrosecond
    func wait(_ result: Int64, takes microseconds: Int64) -> TracerHistory {
      history {
        $0.add(
          .wait(WaitCall(target: $0.tracee, options: 0, result: result)), takes: microseconds)
        $0.request(.interrupt)
      }
    }
    let long = wait(-4, takes: second).vainWait
    #expect(long?.event.sequence == 1 && long?.next?.sequence == 2)
    #expect(wait(-4, takes: second / 2).vainWait == nil)
    // ECHILD comes after a wait for the last of its tasks, which may have taken any time.
    #expect(wait(-10, takes: second).vainWait == nil)
    #expect(wait(4711, takes: second).vainWait == nil)
    let open = history {
      $0.add(.wait(WaitCall(target: $0.tracee, options: 0, result: -512)), takes: second)
    }
    #expect(open.vainWait?.event.sequence == 1 && open.vainWait?.next == nil)
  }

  @Test("Losses have their first and their last place")
  func gaps() {
    #expect(history { $0.take() }.gaps == nil)
    let history = history {
      $0.add(.gap(lost: 3))
      $0.request(.seize)
      $0.add(.gap(lost: 1))
    }
    #expect(history.gaps == 1...3)
  }

  @Test("What SIGCHLD told of the end of a task")
  func reported() {
    let task = TaskID(4711)
    let history = history {
      $0.take()
      $0.tracee = EventScript.tracer
      $0.add(
        .signal(
          SignalRecord(
            fate: .delivered,
            info: SignalInfo(
              signal: .child, code: SignalCode(rawValue: 2), sender: task, value: 9))))
    }
    #expect(history.reportedEnd(of: task)?.ending == .killed(.kill, dumpedCore: false))
    #expect(history.reportedEnd(of: TaskID(1)) == nil)
  }
}
