/// Judges fini of one tracee by what its tracer wrote into a log, and by nothing else.
///
/// A log tells less than a trace: no breakpoint is seen armed, and a stop only if it was a surprise. What
/// it shows all the same is what the tracee entered next, and that is the proof.
public struct LogMachine: Sendable {
  /// What was seen so far; each number is the sequence of the line that proves it.
  public private(set) var facts = FiniMachine.Facts()
  /// The tracer went without breakpoints.
  public private(set) var goesWithoutBreakpoints = false
  /// The parasite said that it is about to call rt_sigreturn.
  public private(set) var leaving: UInt32?
  /// The dump or restore came to its end: well or not.
  public private(set) var conclusion: (event: UInt32, isGood: Bool)?
  /// The entries in fini of which a line tells.
  private var entries = 0
  private var hasError = false
  private var isRestored = false
  /// The log says which version wrote it, so whether that uses breakpoints is known.
  private var knowsVersion = false
  /// More calls were entered than a breakpoint lets through, and nothing says whether one was used.
  private var isAmbiguous = false

  /// Starts before the first line.
  public init() {}

  /// Takes an event of the tracee, or one that is of no tracee.
  public mutating func observe(_ event: Event) {
    switch event.payload {
    case .log(let record): observe(record, at: event.sequence)
    case .gap where facts.interrupt != nil && facts.sigreturnExit == nil:
      facts.gap = facts.gap ?? event.sequence
    default: break
    }
  }

  private mutating func observe(_ record: LogRecord, at sequence: UInt32) {
    if record.severity == .error { hasError = true }
    switch record.fact {
    case .waitsForTrap:
      guard facts.sigreturnExit == nil else { return }
      facts.interrupt = facts.interrupt ?? sequence
    case .commandSent where facts.interrupt != nil:
      facts.finiSent = facts.finiSent ?? sequence
    case .breakpointsOff:
      goesWithoutBreakpoints = true
    case .leaving:
      leaving = sequence
    case .tracerVersion(let major, let minor):
      knowsVersion = true
      // From 2.10 until 3.18 nobody got breakpoints.
      if major == 2 && minor >= 10 || major == 3 && minor < 18 { goesWithoutBreakpoints = true }
    case .restoreBegins:
      isRestored = true
    case .trapped where isRestored && facts.interrupt == nil:
      // Nobody is interrupted by a word in the log there: the first trap is on the way out already.
      facts.interrupt = sequence
      if !goesWithoutBreakpoints { facts.hit = sequence }
    case .trapped where facts.interrupt != nil && !goesWithoutBreakpoints && entries == 0:
      facts.hit = facts.hit ?? sequence
    case .willExecute(let number, let required):
      // What a restored task calls behind rt_sigreturn, or a dumped one for its tracer, is no part of it.
      guard facts.interrupt != nil, facts.sigreturnExit == nil else { return }
      entries += 1
      if number == required {
        facts.sigreturnEntry = sequence
      } else {
        facts.otherEntries += 1
        // Behind the breakpoint the parasite has nothing else to call.
        if !goesWithoutBreakpoints, facts.intervening == nil, let hit = facts.hit {
          facts.intervening = hit
          facts.interveningClass = .unknown
          facts.hit = nil
          isAmbiguous = !knowsVersion
        }
      }
    case .stoppedAtExit:
      if facts.sigreturnEntry != nil { facts.sigreturnExit = facts.sigreturnExit ?? sequence }
    case .unexpectedState(let status):
      observe(unexpected: status, at: sequence)
    case .finished: conclusion = (sequence, true)
    case .failed: conclusion = (sequence, false)
    case .letGo: facts.detached = sequence
    default: break
    }
  }

  private mutating func observe(unexpected status: UInt32, at sequence: UInt32) {
    switch WaitStatus(rawValue: status) {
    case .exited(let code):
      facts.ended = sequence
      facts.ending = .exited(code: code)
    case .killed(let signal, let core):
      facts.ended = sequence
      facts.ending = .killed(signal, dumpedCore: core)
    case .stopped(let signal), .event(_, let signal):
      guard facts.intervening == nil else { return }
      facts.intervening = sequence
      facts.interveningClass = signal.stopsTheGroup || signal != .trap ? .signalDelivery : .unknown
    default:
      facts.intervening = facts.intervening ?? sequence
      facts.interveningClass = facts.interveningClass ?? .unknown
    }
  }

  /// How the stop was caught, as far as the log shows.
  public var caught: FiniMachine.Catch? {
    guard facts.interrupt != nil, facts.intervening == nil, facts.ended == nil,
      let entry = facts.sigreturnEntry, let exit = facts.sigreturnExit, entry < exit
    else { return nil }
    if goesWithoutBreakpoints || facts.otherEntries > 0 { return .syscallTracing }
    return facts.hit != nil ? .breakpoint : nil
  }

  /// The verdict on what was observed so far.
  public var verdict: Verdict {
    if facts.gap != nil { return .undetermined }
    if facts.ended != nil { return .lost }
    if facts.intervening != nil { return isAmbiguous ? .undetermined : .intervened }
    if caught != nil { return .landed }
    if facts.interrupt != nil || leaving != nil {
      return conclusion == nil ? .unfinished : .undetermined
    }
    // A log that says little may be of a run that went well.
    if let conclusion, conclusion.isGood { return .undetermined }
    return hasError || conclusion != nil ? .neverReached : .unfinished
  }
}
