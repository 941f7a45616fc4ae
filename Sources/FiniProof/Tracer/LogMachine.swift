package import FiniModel

/// Judges fini of one tracee by what its tracer wrote into a log, and by nothing else.
///
/// A log tells less than a trace: no breakpoint is seen armed, and a stop only if it was a surprise. What
/// it shows all the same is what the tracee entered next, and that is the proof.
package struct LogMachine: Sendable {
  /// What was seen so far; each number is the sequence of the line that proves it.
  package private(set) var ledger = FiniLedger(Source.criuLog.capabilities)
  /// The entries in fini of which a line tells.
  private var entries = 0
  private var isRestored = false
  /// The log says which version wrote it, so whether that uses breakpoints is known.
  private var knowsVersion = false

  /// Starts before the first line.
  package init() {}

  /// Takes an event of the tracee, or one that is of no tracee.
  package mutating func observe(_ event: Event) {
    switch event.payload {
    case .log(let record):
      // A line of how far it has come, kept because nothing worse was told: of a task it is a step.
      if record.severity == .info, record.fact == .text, event.tracee.rawValue > 0 {
        ledger.sawStep = true
      }
      observe(record, at: event.sequence)
    case .gap where ledger.interrupt != nil && ledger.sigreturnExit == nil:
      ledger.gap = ledger.gap ?? event.sequence
    default: break
    }
  }

  private mutating func observe(_ record: LogRecord, at sequence: UInt32) {
    if record.severity == .error { ledger.hasError = true }
    if record.fact.isStep { ledger.sawStep = true }
    switch record.fact {
    case .waitsForTrap:
      guard ledger.sigreturnExit == nil else { return }
      ledger.interrupt = ledger.interrupt ?? sequence
    case .commandSent where ledger.interrupt != nil:
      ledger.finiSent = ledger.finiSent ?? sequence
    case .breakpointsOff:
      ledger.goesWithoutBreakpoints = true
    case .leaving:
      ledger.leaving = sequence
    case .tracerVersion(let major, let minor):
      knowsVersion = true
      // From 2.10 until 3.18 no breakpoint could be set.
      if major == 2 && minor >= 10 || major == 3 && minor < 18 {
        ledger.goesWithoutBreakpoints = true
      }
    case .restoreBegins:
      isRestored = true
    case .trapped where isRestored && ledger.interrupt == nil:
      // The log has no line for the interrupt there: the first trap is on the way out already.
      ledger.interrupt = sequence
      if !ledger.goesWithoutBreakpoints { ledger.hit = sequence }
    case .trapped where ledger.interrupt != nil && !ledger.goesWithoutBreakpoints && entries == 0:
      ledger.hit = ledger.hit ?? sequence
    case .willExecute(let number, let required):
      // What a restored task calls after rt_sigreturn, or a dumped one for its tracer, is no part of it.
      guard ledger.sigreturnExit == nil, ledger.interrupt != nil || number == required else {
        return
      }
      // Where it waits for another machine's call, the tracer has no breakpoint, or a new one: no other call was taken
      // for it.
      if number != required, !Machine.x86_64.isSigreturn(required),
        !Machine.i386.isSigreturn(required)
      {
        ledger.goesWithoutBreakpoints = true
      }
      // A restorer unmaps itself by a call that is waited for as well.
      if ledger.interrupt == nil, !Machine.allCases.contains(where: { $0.isSigreturn(required) }) {
        return
      }
      entries += 1
      if number == required {
        ledger.sigreturnEntry = sequence
      } else {
        ledger.otherEntries += 1
        // After the breakpoint the parasite has nothing else to call.
        if !ledger.goesWithoutBreakpoints, ledger.intervening == nil, let hit = ledger.hit {
          ledger.intervening = hit
          ledger.interveningClass = .unknown
          ledger.hit = nil
          ledger.interventionIsUncertain = !knowsVersion
        }
      }
    case .stoppedAtExit:
      if ledger.sigreturnEntry != nil { ledger.sigreturnExit = ledger.sigreturnExit ?? sequence }
    case .unexpectedState(let status):
      observe(unexpected: status, at: sequence)
    case .finished: ledger.conclusion = FiniLedger.Conclusion(event: sequence, isGood: true)
    case .failed: ledger.conclusion = FiniLedger.Conclusion(event: sequence, isGood: false)
    case .letGo: ledger.detached = sequence
    default: break
    }
  }

  private mutating func observe(unexpected status: UInt32, at sequence: UInt32) {
    switch WaitStatus(rawValue: status) {
    case .exited(let code):
      ledger.end(.exited(code: code), at: sequence)
    case .killed(let signal, let core):
      ledger.end(.killed(signal, dumpedCore: core), at: sequence)
    case .stopped(let signal), .event(_, let signal):
      guard ledger.intervening == nil else { return }
      ledger.intervening = sequence
      if case .stopped = WaitStatus(rawValue: status) { ledger.announcedSignal = signal }
      ledger.interveningClass = signal.stopsTheGroup || signal != .trap ? .signalDelivery : .unknown
    default:
      ledger.intervening = ledger.intervening ?? sequence
      ledger.interveningClass = ledger.interveningClass ?? .unknown
    }
  }
}
