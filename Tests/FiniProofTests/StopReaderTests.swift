import FiniModel
import FiniProof
import Testing

@Suite("The class of a foreign tracer's stop")
struct StopReaderTests {
  private func reading(
    armed: UInt64? = nil, after request: PtraceRequest = .cont, status: UInt32,
    code: Int32? = nil, counter: UInt64? = nil
  ) -> StopReader.Reading {
    var reader = StopReader()
    if let armed {
      reader.observe(RequestCall(request: .pokeUser, address: 848, data: armed))
      reader.observe(RequestCall(request: .pokeUser, address: 904, data: 1))
    }
    reader.observe(RequestCall(request: request))
    var seen = StopReader.Sighting(status: status)
    seen.info = code.map { SignalInfo(signal: .trap, code: SignalCode(rawValue: $0)) }
    seen.programCounter = counter.map { RemoteAddress($0) }
    return reader.read(seen)
  }

  // The table of ptrace(2) and asm-generic/siginfo.h; 5 and 0x85 are SIGTRAP and SIGTRAP | 0x80.
  @Test(
    "A siginfo tells",
    arguments: [
      (4, StopClass.breakpoint), (0x80, .softwareBreakpoint), (2, .singleStep),
      (0, .signalDelivery),
      (-6, .signalDelivery), (5, .syscallEntry), (0x85, .syscallEntry),
    ] as [(Int32, StopClass)])
  func codes(code: Int32, stopClass: StopClass) {
    #expect(reading(armed: 0x2000, status: 0x57f, code: code).stopClass == stopClass)
  }

  @Test("Without one the armed address tells, and without that nobody")
  func counters() {
    #expect(reading(armed: 0x2000, status: 0x57f, counter: 0x2000).stopClass == .breakpoint)
    #expect(reading(armed: 0x2000, status: 0x57f, counter: 0x2004).stopClass == .signalDelivery)
    let open = reading(armed: 0x2000, status: 0x57f)
    #expect(open.stopClass == .unknown)
    #expect(open.mayBeBreakpoint)
    let nothing = reading(status: 0x57f)
    #expect(nothing.stopClass == .unknown)
    #expect(!nothing.mayBeBreakpoint)
  }

  @Test("How the tracee was let run tells where SIGTRAP means everything")
  func resumes() {
    #expect(reading(after: .syscall, status: 0x57f).stopClass == .syscallEntry)
    #expect(reading(after: .singleStep, status: 0x57f).stopClass == .singleStep)
    #expect(reading(status: 0x80057f).stopClass == .interrupt)
    #expect(reading(status: 0x80137f).stopClass == .groupStop)
    #expect(reading(status: 0x137f).stopClass == .signalDelivery)
    #expect(reading(status: 0x4057f).stopClass == .event(.exec))
  }

  @Test("Where syscall-stops are marked a plain SIGTRAP is none")
  func marked() {
    for request in [
      RequestCall(request: .seize, data: 1), RequestCall(request: .setOptions, data: 0x11),
    ] {
      var reader = StopReader()
      reader.observe(request)
      reader.observe(RequestCall(request: .syscall))
      #expect(reader.read(StopReader.Sighting(status: 0x57f)).stopClass == .unknown)
      #expect(reader.read(StopReader.Sighting(status: 0x857f)).stopClass == .syscallEntry)
    }
    // Taken back.
    var reader = StopReader()
    reader.observe(RequestCall(request: .seize, data: 1))
    reader.observe(RequestCall(request: .setOptions, data: 0))
    reader.observe(RequestCall(request: .syscall))
    #expect(reader.read(StopReader.Sighting(status: 0x57f)).stopClass == .syscallEntry)
  }

  @Test("Entries and exits take turns, and CONT from an entry leaves its exit out")
  func turns() {
    var reader = StopReader()
    var classes: [StopClass] = []
    for request in [PtraceRequest.syscall, .syscall, .syscall, .cont, .syscall] {
      reader.observe(RequestCall(request: request))
      if request == .cont { continue }
      classes.append(reader.read(StopReader.Sighting(status: 0x857f)).stopClass)
    }
    #expect(classes == [.syscallEntry, .syscallExit, .syscallEntry, .syscallEntry])
  }

  @Test("A refused request changes nothing")
  func refused() {
    var reader = StopReader()
    reader.observe(RequestCall(request: .pokeUser, address: 904, data: 1, result: -3))
    #expect(!reader.isArmed)
  }
}
