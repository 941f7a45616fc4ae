internal import FiniModel
internal import FiniPtrace

extension Victim {
  /// The registers to give back to a task that was stopped with these registers. They are the same,
  /// unless the task was in a restartable sequence. Then it continues at the abort handler, as
  /// after any other interruption.
  ///
  /// The kernel would do that at the task's next return, but the cure moves the program counter
  /// away. The kernel then finds it outside of the sequence and forgets the sequence.
  /// docs/Decisions/0015; RestartableTests.
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
