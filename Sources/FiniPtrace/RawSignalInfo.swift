internal import CFiniPtrace
package import FiniModel

/// A siginfo with all of its 128 bytes, so that it can be given back as it was.
package struct RawSignalInfo: Sendable {
  /// What it says.
  package let info: SignalInfo
  /// The bytes, as 16 words.
  package let words: InlineArray<16, UInt64>

  init(_ whole: fini_siginfo) {
    info = SignalInfo(whole)
    var words = InlineArray<16, UInt64>(repeating: 0)
    let raw = whole.raw
    unsafe withUnsafeBytes(of: raw) { bytes in
      for index in 0..<16 {
        words[index] = unsafe bytes.load(fromByteOffset: index * 8, as: UInt64.self)
      }
    }
    self.words = words
  }
}

extension StoppedTracee {
  /// The signals that wait in a queue of the task, at most 32.
  ///
  /// - Parameters:
  ///   - shared: the process's queue rather than the thread's.
  ///   - body: called once for each.
  /// - Note: The corresponding request is `PTRACE_PEEKSIGINFO`; see ptrace(2).
  package borrowing func forEachPendingSignal(
    shared: Bool, by tracer: Tracer, _ body: (RawSignalInfo) -> Void
  ) throws(PtraceError) {
    let task = self.task
    let capacity = 32
    let result = unsafe withUnsafeTemporaryAllocation(of: fini_siginfo.self, capacity: capacity) {
      queue in
      let count = unsafe tracer.peekSignalInfo(task, shared: shared, into: queue)
      if count > 0 {
        for index in 0..<Int(count) { unsafe body(RawSignalInfo(queue[index])) }
      }
      return count
    }
    if let error = Errno(result: result) { throw .refused(.peekSignalInfo, task, error) }
  }
}
