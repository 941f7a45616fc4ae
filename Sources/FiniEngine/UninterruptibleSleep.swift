internal import FiniModel
internal import FiniProcfs
internal import FiniPtrace

extension Cure {
  /// Waits, before the task is touched, until it can be stopped.
  ///
  /// A parent in vfork or a task that waits for a disk is in state D: an interrupt reaches it when that
  /// is over, and until then a tracer can neither stop it nor let go of it.
  ///
  /// - Throws: ``CureError/uninterruptible(in:)`` if it slept in one place all the time;
  ///   ``CureError/interrupted`` on Ctrl-C.
  func awaitInterruptible(within time: Int64) throws(CureError) {
    let start = Tracer.now()
    var sleep: UInt64?
    while true {
      guard let status = try? TaskStatus(of: task), status.state == UInt8(ascii: "D") else {
        return
      }
      // Another sleep than before: it ran in between, and a tracer that waits will catch it there.
      if let sleep, sleep != status.voluntarySwitches { return }
      sleep = status.voluntarySwitches
      if Tracer.now() - start >= time {
        // Without the right to see it, and without symbols, the kernel says 0.
        let place = (try? ProcFile.word("/proc/\(task)/wchan")) ?? "0"
        throw .uninterruptible(in: place == "0" ? "the kernel" : place)
      }
      if tracer.rest(for: 5_000_000) {
        throw .interrupted
      }
    }
  }
}
