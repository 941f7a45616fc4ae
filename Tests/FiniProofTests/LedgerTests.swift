import FiniModel
import FiniProof
import Testing

/// The one ladder, asked directly: the same facts, told by each source that can tell them.
@Suite struct LedgerTests {
  static let withStops: [Source] = [.engine, .bpf, .ptraceObserver, .strace]

  /// A landing by a breakpoint before rt_sigreturn, as each source would have it.
  private func landed(_ source: Source) -> FiniLedger {
    var ledger = FiniLedger(source.capabilities)
    ledger.isInfected = true
    ledger.interrupt = 10
    if source == .engine {
      ledger.finiSent = 11
      ledger.sigreturnAddress = RemoteAddress(0x5000)
    }
    ledger.armedAddress = RemoteAddress(0x5000)
    ledger.addressPoked = 12
    ledger.armed = 13
    ledger.hit = 14
    ledger.disarmed = 15
    ledger.sigreturnEntry = 16
    ledger.sigreturnExit = 17
    ledger.registersVerified = 18
    ledger.detached = 30
    return ledger
  }

  @Test("A whole proof lands, from any source", arguments: withStops)
  func lands(_ source: Source) {
    #expect(landed(source).verdict == .landed)
    #expect(landed(source).caught == .breakpoint)
  }

  @Test("Killed after the whole proof it has landed all the same", arguments: withStops)
  func killedAfterwards(_ source: Source) {
    var ledger = landed(source)
    ledger.detached = nil
    ledger.ended = 30
    ledger.ending = .killed(.kill, dumpedCore: false)
    #expect(ledger.verdict == .landed)
  }

  @Test("A gap in fini and a missed stop come before a proof", arguments: withStops)
  func gap(_ source: Source) {
    var ledger = landed(source)
    ledger.gap = 20
    #expect(ledger.verdict == .undetermined)
    ledger.gap = nil
    ledger.missed = 20
    #expect(ledger.verdict == .missed)
  }

  @Test(
    "A stop in between and the end at once: intervened; lost if it had gone on",
    arguments: withStops)
  func endedByIntervention(_ source: Source) {
    var ledger = landed(source)
    (ledger.hit, ledger.disarmed, ledger.sigreturnEntry, ledger.sigreturnExit) = (
      nil, nil, nil, nil
    )
    ledger.registersVerified = nil
    ledger.detached = nil
    ledger.intervening = 14
    ledger.interveningClass = .signalDelivery
    ledger.ended = 20
    ledger.ending = .killed(.segmentation, dumpedCore: false)
    #expect(ledger.verdict == .intervened)
    ledger.hit = 16
    #expect(ledger.verdict == .lost)
  }

  @Test("Registers written after a stop in between are a way out and no way to catch")
  func givesUp() {
    for source in [Source.bpf, .ptraceObserver, .strace] {
      var ledger = FiniLedger(source.capabilities)
      ledger.isInfected = true
      ledger.interrupt = 10
      ledger.registersWritten = 20
      ledger.detached = 30
      #expect(ledger.verdict == .landed && ledger.caught == .direct, "\(source)")
      ledger.intervening = 15
      #expect(ledger.verdict == .intervened && ledger.caught == nil, "\(source)")
    }
  }

  @Test(
    "Before fini nothing is unfinished, but what a dead tracer had infected", arguments: withStops)
  func neverReached(_ source: Source) {
    var ledger = FiniLedger(source.capabilities)
    // Without a step of a tracer there is no view, and no claim.
    if !source.capabilities.contains(.tellsCommands) { #expect(ledger.verdict == .undetermined) }
    ledger.sawStep = true
    #expect(ledger.verdict == .neverReached)
    ledger.tracerEnded = 5
    #expect(ledger.verdict == .neverReached)
    ledger.isInfected = true
    #expect(ledger.verdict == .unfinished)
    // A loss may hide all of it.
    ledger.loss = 3
    #expect(ledger.verdict == .undetermined)
  }

  @Test(
    "Other registers, written right afterwards, are mended; without that nothing is proved",
    arguments: withStops)
  func mended(_ source: Source) {
    var ledger = landed(source)
    ledger.registersVerified = nil
    ledger.registersDiffer = 18
    #expect(ledger.verdict == .undetermined && !ledger.isMended)
    ledger.registersWritten = 19
    #expect(ledger.verdict == .landed && ledger.isMended)
  }

  @Test("Registers that a source can't show are believed; one that tells commands must show them")
  func unlooked() {
    for source in Self.withStops {
      var ledger = landed(source)
      ledger.registersVerified = nil
      let isBelieved = source == .strace || source == .ptraceObserver
      #expect(ledger.verdict == (isBelieved ? .landed : .undetermined), "\(source)")
    }
  }
}
