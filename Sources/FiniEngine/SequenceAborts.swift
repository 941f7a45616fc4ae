internal import FiniModel
internal import FiniPtrace

extension Victim {
  /// The registers to give back to a task that was stopped with these: the same, unless it was in a
  /// restartable sequence. Then it goes on at the abort handler, as after any other interruption.
  ///
  /// The kernel would see to that at its next return, had we not moved the program counter away: there
  /// it finds no sequence and forgets the one that was under way. docs/Decisions/0015;
  /// RestartableTests.
  func registersOutOfSequence(_ found: Registers) throws(CureError) -> Registers {
    let area = try act { tracee throws(PtraceError) in try tracee.sequenceArea(by: tracer) }
    guard let area, let pointer = readWord(of: task, at: area.pointer), pointer != 0,
      let words = readWords(of: task, at: RemoteAddress(pointer)),
      let sequence = RestartableSequence(words: words), let own = found.aborted(sequence)
    else { return found }
    tracer.note(
      .sequenceAbort(SequenceAbort(programCounter: found.programCounter, sequence: sequence)),
      about: task)
    return own
  }
}
