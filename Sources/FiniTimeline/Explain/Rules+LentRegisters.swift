internal import FiniModel
internal import FiniProof

/// Registers that a tracer lent to a task for its own code, and did not put back, or not all of them.
extension Rules {
  static func registersLeft(_ reading: CaseReading) -> [Diagnosis] {
    reading.remnants.compactMap { remnant in
      guard case .registers(let ownEvent) = remnant.what else { return nil }
      let name = reading.task.map { "task \($0)" } ?? "the task"
      let (words, advice) = Self.words(
        forOwn: registers(at: ownEvent, reading), written: registers(at: remnant.event, reading))
      return Diagnosis(
        .registersLeft, certainty(remnant.isSure), of: reading.task,
        "\(name) was let go with \(words)",
        evidence: [
          Evidence(event: ownEvent, reason: "its own registers"),
          Evidence(event: remnant.event, reason: "the last ones that were written"),
        ],
        advice: [advice])
    }
  }

  private static func registers(at sequence: UInt32, _ reading: CaseReading) -> KnownRegisters? {
    guard case .request(let call)? = reading.timeline.event(sequence)?.payload else { return nil }
    return call.generalRegisters.flatMap { $0.isComplete ? $0 : nil }
  }

  /// What it has now, where both are known whole, and what to do.
  private static func words(
    forOwn own: KnownRegisters?, written: KnownRegisters?
  ) -> (String, String) {
    guard let own, let written, own[.rip] == written[.rip] else {
      return (
        "registers of code that its tracer ran in it: its own were not put back",
        "It goes on at the tracer's instruction, or after it, and not where it was."
      )
    }
    let names = written.differences(from: own)
    let registers = own.registers
    if names == [.origRAX], registers.restart != .none {
      let call = SyscallNumber.name(registers[.origRAX]) ?? "system call"
      let error = 0 &- Int64(bitPattern: registers[.rax])
      return (
        "orig_rax changed in an interrupted \(call): it is not started again, and fails with error \(error)",
        "Put orig_rax back together with the others: by it the kernel starts an interrupted call again."
      )
    }
    let most = 4
    let told = names.prefix(most).map(\.text).joined(separator: ", ")
    let more = names.count > most ? " and \(names.count - most) more" : ""
    return (
      "its own rip and the tracer's values in other registers: \(told)\(more)",
      "Write back all that was read before the first change, and not rip alone."
    )
  }
}
