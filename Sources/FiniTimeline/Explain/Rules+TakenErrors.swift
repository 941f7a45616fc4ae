internal import FiniModel
internal import FiniProof

/// The error of a call that a task made for its tracer, taken for the address that the call should have returned.
extension Rules {
  /// One use of an error as an address.
  struct TakenError {
    /// The error.
    var error: Errno
    /// Where it was used.
    var event: Event
    /// What was done with it.
    var use: String
    /// The call that returned it, if that is shown.
    var failure: MappedMemory.Failure?
    /// The name of that call.
    var name: String { failure?.name ?? "a call" }
    /// What proves it.
    var evidence: [Evidence] {
      (failure.map { [Evidence(event: $0.event, reason: "its result: \(error)")] } ?? [])
        + [Evidence(event: event.sequence, reason: use)]
    }
  }

  /// The negative errno of a call that failed, taken for the address that it should have returned.
  static func errorTakenForAddress(_ reading: CaseReading) -> [Diagnosis] {
    guard let task = reading.task, !reading.isProbe(task), let taken = takenError(reading) else {
      return []
    }
    return [
      Diagnosis(
        .requestRefused, of: task,
        taken.failure?.legacyWords(in: task)
          ?? "\(taken.name) that task \(task) made for its tracer failed (\(taken.error)), and the tracer took the error for an address",
        evidence: taken.evidence, consequences: reading.consequences(after: taken.event),
        advice: ["A result from -4095 to -1 is an error, and no address: see syscalls(2)."]
          + (taken.failure?.isLegacyCall ?? false
            ? [
              "int $0x80 takes the numbers of the 32-bit table; syscall (0f 05) takes the others."
            ]
            : []))
    ]
  }

  /// The first access to memory at an address that is an error, which the kernel refused.
  private static func takenError(_ reading: CaseReading) -> TakenError? {
    for event in reading.events where event.tracee == reading.task {
      let address: UInt64
      let what: String
      switch event.payload {
      case .request(let call):
        guard call.error == .ioError || call.error == .badAddress,
          [.peekText, .peekData, .pokeText, .pokeData].contains(call.request)
        else { continue }
        (address, what) = (call.address, "\(call.request)")
      case .memory(let access) where access.error != nil:
        (address, what) = (access.address.rawValue, "an access to memory")
      default: continue
      }
      if let error = Errno(result: Int64(bitPattern: address)) {
        let use = "\(what) at \(RemoteAddress(address)), which is -\(error)"
        return TakenError(
          error: error, event: event, use: use, failure: failure(error, reading))
      }
    }
    return nil
  }

  /// The last registers that were written before a task died, if they sent it to an address that is an error.
  static func sentToError(before end: Event, _ reading: CaseReading) -> TakenError? {
    let last = reading.events.last {
      guard $0.tracee == reading.task, $0.sequence < end.sequence,
        case .request(let call) = $0.payload
      else { return false }
      return call.error == nil && call.request.kind == .registersWritten
        && call.generalRegisters?.programCounter != nil
    }
    guard let last, case .request(let call) = last.payload,
      let counter = call.generalRegisters?.programCounter,
      let error = Errno(result: Int64(bitPattern: counter.rawValue))
    else { return nil }
    return TakenError(
      error: error, event: last, use: "rip = \(counter), which is -\(error)",
      failure: failure(error, reading))
  }

  private static func failure(_ error: Errno, _ reading: CaseReading) -> MappedMemory.Failure? {
    reading.account.memory.lastFailure.flatMap { $0.error == error ? $0 : nil }
  }
}
