package import FiniModel

extension TaskStat {
  /// Bits that mark a worker which the kernel made in a user process: PF_IO_WORKER (Linux 5.12) and
  /// PF_USER_WORKER (Linux 6.4).
  ///
  /// Before, these bits were PF_VCPU and PF_USED_ASYNC, which a user task may have.
  static let workerBits: UInt32 = 0x10 | 0x4000

  /// Whether the kernel made this task in a user process for its own work: it has that process's
  /// memory and runs no user code.
  ///
  /// An interrupt would end what such a worker waits for (docs/Decisions/0025). The kernel reports
  /// neither a stack pointer nor a program counter for it, so that tracers can recognize it. If it
  /// runs each time that it is examined, its flags decide.
  package func isKernelMade(_ task: TaskID) -> Bool {
    guard flags & TaskStat.workerBits != 0 else { return false }
    for attempt in 0..<5 {
      if attempt > 0 { ProcFile.pause() }
      let call: TaskCall?
      do { call = try TaskCall(of: task) } catch { return true }
      if let call { return call.programCounter.rawValue == 0 }
    }
    return true
  }
}
