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
    reader.observe(RequestCall(request: .seize))
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

  @Test("Without one the armed address tells, and without that the class is unknown")
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
      reader.observe(RequestCall(request: .seize))
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
    reader.observe(RequestCall(request: .seize))
    var classes: [StopClass] = []
    for request in [PtraceRequest.syscall, .syscall, .syscall, .cont, .syscall] {
      reader.observe(RequestCall(request: request))
      if request == .cont { continue }
      classes.append(reader.read(StopReader.Sighting(status: 0x857f)).stopClass)
    }
    #expect(classes == [.syscallEntry, .syscallExit, .syscallEntry, .syscallEntry])
  }

  @Test("Where the attaching was not seen, a stop that is no syscall-stop tells")
  func unseen() {
    var reader = StopReader()
    reader.observe(RequestCall(request: .syscall))
    func next(_ status: UInt32) -> StopClass {
      reader.read(StopReader.Sighting(status: status)).stopClass
    }
    #expect(next(0x857f) == .syscallStop)
    #expect(next(0x857f) == .syscallStop)
    #expect(next(0x80057f) == .interrupt)
    #expect(next(0x857f) == .syscallEntry)
    // PTRACE_EVENT_CLONE is reported inside of the call, PTRACE_EVENT_STOP after its exit.
    #expect(next(0x3057f) == .event(.clone))
    #expect(next(0x857f) == .syscallExit)
    #expect(next(0x857f) == .syscallEntry)
    #expect(next(0x80057f) == .interrupt)
    #expect(next(0x857f) == .syscallEntry)
  }

  @Test(
    "A group-stop of a task that was not seized: its signal was injected, or it has no siginfo",
    arguments: [
      (PtraceRequest.attach, UInt64(19), false, StopClass.groupStop),
      (.attach, 0, true, .groupStop), (.attach, 0, false, .signalDelivery),
      (.attach, 18, false, .signalDelivery), (.seize, 19, false, .signalDelivery),
    ] as [(PtraceRequest, UInt64, Bool, StopClass)])
  func groupStops(
    _ taking: PtraceRequest, _ injected: UInt64, _ isRefused: Bool, _ expected: StopClass
  ) {
    var reader = StopReader()
    reader.observe(RequestCall(request: taking))
    reader.observe(RequestCall(request: .cont, data: injected))
    var seen = StopReader.Sighting(status: 0x137f)
    seen.observe(RequestCall(request: .getSignalInfo, result: isRefused ? -22 : -14))
    #expect(reader.read(seen).stopClass == expected)
  }

  @Test("Where each trap is shown the place proves nothing, and with no trap it is a syscall-stop")
  func traps() {
    let trap = GeneratedSignal(
      target: TaskID(7), info: SignalInfo(signal: .trap, code: .trapHardwareBreakpoint),
      toProcess: false, outcome: .queued, programCounter: RemoteAddress(0x2000))
    func reading(_ request: PtraceRequest, _ traps: [GeneratedSignal]) -> StopReader.Reading {
      var reader = StopReader(showsTraps: true)
      reader.observe(RequestCall(request: .seize))
      reader.observe(RequestCall(request: .pokeUser, address: 848, data: 0x2000))
      reader.observe(RequestCall(request: .pokeUser, address: 904, data: 1))
      reader.observe(RequestCall(request: request))
      for trap in traps { reader.keep(trap, at: Instant(rawValue: 1)) }
      var seen = StopReader.Sighting(status: 0x57f)
      seen.programCounter = RemoteAddress(0x2000)
      return reader.read(seen)
    }
    #expect(reading(.cont, [trap]).stopClass == .breakpoint)
    #expect(reading(.cont, [trap]).trapped == RemoteAddress(0x2000))
    #expect(reading(.cont, []).stopClass == .unknown)
    #expect(!reading(.cont, []).mayBeBreakpoint)
    #expect(reading(.syscall, [trap]).stopClass == .breakpoint)
    #expect(reading(.syscall, []).stopClass == .syscallEntry)
  }

  @Test("PTRACE_PEEKUSER shows the place and the call")
  func peeked() {
    var reader = StopReader()
    reader.observe(RequestCall(request: .seize, data: 1))
    reader.observe(RequestCall(request: .syscall))
    var seen = StopReader.Sighting(status: 0x857f)
    // ORIG_RAX and RIP of sys/reg.h.
    seen.observe(RequestCall(request: .peekUser, address: 15 * 8, data: 45))
    seen.observe(RequestCall(request: .peekUser, address: 16 * 8, data: 0x1002))
    #expect(seen.registers?.programCounter == RemoteAddress(0x1002))
    #expect(reader.read(seen).syscall?.number == 45)
  }

  @Test("A refused request changes nothing")
  func refused() {
    var reader = StopReader()
    reader.observe(RequestCall(request: .pokeUser, address: 904, data: 1, result: -3))
    #expect(!reader.isArmed)
  }
}
