package import FiniModel

/// What a tracer that is not ours does, as an importer or an observer tells it: by requests, waits and stops, and
/// with phases that were found with what came after them in view.
extension EventScript {
  /// An empty script, told by a source.
  package init(_ source: Source) {
    self.init()
    self.source = source
  }

  /// Where it writes the instruction of its injected calls.
  package static let injected: UInt64 = 0x40_1000

  /// Registers that a tracer lends for a call.
  package static func lent(
    _ number: UInt64, _ first: UInt64 = 0, _ second: UInt64 = 0, at counter: UInt64 = injected
  ) -> Registers {
    var registers = saved
    registers[.rip] = counter
    registers[.rax] = number
    registers[.rdi] = first
    registers[.rsi] = second
    registers[.origRAX] = .max
    return registers
  }

  /// Seized, stopped, looked at.
  package mutating func take(by request: PtraceRequest = .seize) {
    add(.phase(.seize))
    self.request(request, 0, 0)
    self.request(.interrupt)
    interruptStop()
    self.request(.setOptions, 0, 1)
    self.request(.getSignalMask, 8, detail: .signalSet(.empty))
    readRegisters(EventScript.saved)
  }

  /// A word of the task's memory is read.
  package mutating func peek(_ address: UInt64, _ word: UInt64) {
    request(.peekData, address, word)
  }

  /// A call that the task makes for the tracer, ended by an int3.
  package mutating func injectedCall(
    _ number: UInt64, _ first: UInt64 = 0, _ second: UInt64 = 0, result: UInt64
  ) {
    writeRegisters(EventScript.lent(number, first, second))
    request(.cont)
    stop(
      .softwareBreakpoint, status: 0x57f, info: SignalInfo(signal: .trap, code: .kernel),
      at: RemoteAddress(EventScript.injected + 3))
    var registers = EventScript.lent(number, first, second, at: EventScript.injected + 3)
    registers[.rax] = result
    // The instruction of a system call leaves its place there.
    registers[.rcx] = EventScript.injected + 2
    readRegisters(registers)
  }

  /// Text patched, the blob mapped, text put back.
  package mutating func inject() {
    add(.phase(.infect))
    peek(EventScript.injected, 0xc3)
    request(.pokeData, EventScript.injected, 0xcc_050f)
    injectedCall(
      SyscallNumber.mmap, 0, EventScript.blobSize, result: EventScript.blob.rawValue)
    request(.pokeData, EventScript.injected, 0xc3)
  }

  /// The parasite is let run as a daemon.
  package mutating func serve() {
    add(.phase(.daemon))
    writeRegisters(EventScript.lent(0, at: EventScript.blob.rawValue + 0x1c))
    request(.cont)
  }

  /// Taken, infected, with the parasite at its daemon's work.
  package mutating func takeAndInfect() {
    take()
    inject()
    serve()
  }

  /// The interrupt with which fini begins, and its stop.
  package mutating func interruptDaemon() {
    add(.phase(.fini))
    interruptParasite()
  }

  /// From the interrupt to the task that runs towards the armed breakpoint.
  package mutating func approach() {
    interruptDaemon()
    arm(EventScript.sigreturn)
    request(.cont)
  }

  /// The breakpoint, and rt_sigreturn traced to its exit.
  package mutating func passSigreturn() {
    breakpointStop(at: EventScript.sigreturn)
    poke(7, 0)
    add(.phase(.sigreturn))
    sigreturn()
    readRegisters(EventScript.saved.forSigframe)
  }

  /// Unmapped by a call, put back, let go.
  package mutating func unmapAndLetGo() {
    add(.phase(.unmap))
    injectedCall(
      SyscallNumber.munmap, EventScript.blob.rawValue, EventScript.blobSize, result: 0)
    writeRegisters(EventScript.saved.forSigframe)
    add(.phase(.detach))
    request(.detach)
  }

  /// The tracer itself ends.
  package mutating func endTracer(_ ending: Ending = .killed(.kill, dumpedCore: false)) {
    let task = tracee
    tracee = EventScript.tracer
    add(.ended(ending))
    tracee = task
  }

  /// The line of a log.
  package mutating func log(_ fact: LogFact, _ severity: LogRecord.Severity = .error) {
    add(
      .log(LogRecord(line: UInt32(events.count + 1), severity: severity, fact: fact)))
  }

  /// A whole cure by a breakpoint, with something done before the task is let go.
  package static func cured(
    by source: Source, beforeItIsLetGo body: (inout EventScript) -> Void = { _ in }
  ) -> EventScript {
    var script = EventScript(source)
    script.takeAndInfect()
    script.approach()
    script.passSigreturn()
    body(&script)
    script.unmapAndLetGo()
    return script
  }

  /// A script of a source, made by a closure.
  package static func told(by source: Source, _ body: (inout EventScript) -> Void) -> EventScript {
    var script = EventScript(source)
    body(&script)
    return script
  }
}
