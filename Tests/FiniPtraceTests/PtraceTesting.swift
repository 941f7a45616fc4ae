import FiniModel
import FiniPtrace
import FiniTestSupport
import Testing

/// A tracer and what it recorded.
@PtraceThread
struct Bench {
  let log = EventLog()
  let tracer: Tracer

  init() throws { tracer = try Tracer(sink: log, interrupts: false) }

  /// Seizes, interrupts and waits; fails the test if no stop comes.
  func stop(_ victim: LiveProcess) throws -> StoppedTracee {
    let running = try RunningTracee.seize(victim.task, by: tracer)
    try running.interrupt(by: tracer)
    return try stopped(running)
  }

  /// Waits for a stop; fails the test if something else comes.
  func stopped(_ running: consuming RunningTracee) throws -> StoppedTracee {
    switch running.wait(by: tracer, timeout: 2_000_000_000) {
    case .stopped(let tracee): return tracee
    case .ended(let ending): throw TestSupportError.victim("ended: \(ending)")
    case .overdue(let running):
      running.forget()
      throw TestSupportError.victim("no stop within the deadline")
    case .messageReady(let running):
      running.forget()
      throw TestSupportError.victim("a socket came instead")
    case .interrupted(let running):
      running.forget()
      throw TestSupportError.victim("interrupted")
    case .failed(let error): throw TestSupportError.victim("wait: \(error)")
    }
  }

  /// Every call is one event, left no earlier than entered, in order, made by this thread.
  func expectSoundEvents() {
    var last = Instant(rawValue: 0)
    for event in log.events {
      #expect(event.entered <= event.left)
      #expect(last <= event.entered)
      #expect(event.tracer == TaskID(Doors.ownTask))
      last = event.left
    }
  }
}
