internal import FiniModel
internal import FiniProcfs
internal import FiniPtrace

extension Cure {
  /// Waits until the task can be stopped, before it is touched.
  ///
  /// A parent in vfork or a task that waits for a disk is in state D. An interrupt reaches it when
  /// that is over. Until then a tracer can neither stop it nor let go of it.
  ///
  /// - Throws: ``CureError/uninterruptible(in:)`` if it stayed in the same sleep all the time;
  ///   ``CureError/interrupted`` on Ctrl-C.
  func awaitInterruptible(within time: Int64) throws(CureError) {
    let start = Tracer.now()
    var sleep: UInt64?
    while true {
      guard let status = try? TaskStatus(of: task), status.state == UInt8(ascii: "D") else {
        return
      }
      // It is another sleep than before: the task ran in between. A tracer that waits will stop it
      // there.
      if let sleep, sleep != status.voluntarySwitches { return }
      sleep = status.voluntarySwitches
      if Tracer.now() - start >= time {
        // The kernel says 0 without the right to see it, and without symbols.
        let place = (try? ProcFile.word("/proc/\(task)/wchan")) ?? "0"
        throw .uninterruptible(in: place == "0" ? "the kernel" : place)
      }
      if tracer.rest(for: 5_000_000) {
        throw .interrupted
      }
    }
  }
}
