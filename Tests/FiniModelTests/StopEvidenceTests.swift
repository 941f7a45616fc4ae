import FiniModel
import Testing

@Suite struct StopEvidenceTests {
  private static func info(_ signal: Signal, _ code: Int32) -> SignalInfo {
    SignalInfo(signal: signal, code: SignalCode(rawValue: code))
  }

  @Test(
    "The class follows from status word and si_code",
    arguments: [
      (0x80057f, nil, StopClass.interrupt),
      (0x80137f, nil, .groupStop),
      (0x80147f, nil, .groupStop),
      (0x80157f, nil, .groupStop),
      (0x80167f, nil, .groupStop),
      (0x57f, info(.trap, 4), .breakpoint),
      (0x57f, info(.trap, 0x80), .softwareBreakpoint),
      (0x57f, info(.trap, 2), .singleStep),
      (0x57f, info(.trap, 1), .singleStep),
      (0x57f, info(.trap, 0), .signalDelivery),
      (0x57f, info(.trap, -6), .signalDelivery),
      (0x57f, info(.trap, -1), .signalDelivery),
      // Without a siginfo a breakpoint can't be told from a signal that a user sent.
      (0x57f, nil, .unknown),
      (0x137f, info(.stop, 0), .signalDelivery),
      (0xa7f, nil, .signalDelivery),
      (0xb7f, info(.segmentation, 1), .signalDelivery),
      (0x1057f, nil, .event(.fork)),
      (0x6057f, nil, .event(.exit)),
      (0x857f, nil, .syscallStop),
      (0x9, nil, .unknown),
      (0x100, nil, .unknown),
      (0xffff, nil, .unknown),
      (0xdead_beef, nil, .unknown),
    ] as [(UInt32, SignalInfo?, StopClass)])
  func table(_ word: UInt32, _ info: SignalInfo?, _ expected: StopClass) {
    #expect(StopEvidence(status: WaitStatus(rawValue: word), info: info).stopClass == expected)
  }

  @Test(
    "A syscall-stop is an entry or an exit by the kernel's word, else by what came before",
    arguments: [
      (SyscallInfo.Operation.entry, false, StopClass.syscallEntry),
      (.exit, false, .syscallExit),
      (.entry, true, .syscallEntry),
      (nil, true, .syscallExit),
      (nil, false, .syscallStop),
      (SyscallInfo.Operation.none, false, .syscallStop),
    ] as [(SyscallInfo.Operation?, Bool, StopClass)])
  func syscallStops(_ operation: SyscallInfo.Operation?, _ follows: Bool, _ expected: StopClass) {
    let evidence = StopEvidence(
      status: .syscallStop, syscall: operation, followsSyscallEntry: follows)
    #expect(evidence.stopClass == expected)
  }

  @Test("A class survives its number in the file")
  func codes() {
    for stopClass in StopClass.all { #expect(StopClass(code: stopClass.code) == stopClass) }
    #expect(StopClass(code: 42) == .unknown)
    #expect(StopClass(code: 255) == .unknown)
    #expect(Set(StopClass.all.map { $0.code }).count == StopClass.all.count)
  }
}
