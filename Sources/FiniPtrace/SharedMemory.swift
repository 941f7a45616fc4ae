internal import CFiniPtrace
package import FiniModel

/// Copies another task's descriptors.
///
/// - Note: The corresponding C functions are `pidfd_open()` and `pidfd_getfd()` (Linux 5.6); see
///   pidfd_getfd(2). They need the same rights as ptrace and work across all namespaces.
package struct RemoteDescriptors: ~Copyable {
  private let pidfd: Int32

  /// Opens a task.
  ///
  /// Before Linux 6.9 the process is opened, not the thread. Then it fails for a thread whose
  /// leader is dead, and for a thread with a descriptor table of its own.
  ///
  /// - Throws: ESRCH if it is gone, ENOSYS before Linux 5.3.
  package init(of task: TaskID, in process: TaskID) throws(Errno) {
    let result = fini_pidfd_open(task.rawValue, process.rawValue)
    if let error = Errno(result: result) { throw error }
    pidfd = Int32(result)
  }

  deinit { fini_close(pidfd) }

  /// Copies a descriptor of the process into this one.
  ///
  /// - Throws: EPERM without the right to trace it, EBADF if it has no such descriptor.
  package borrowing func copy(_ descriptor: Int32) throws(Errno) -> Int32 {
    let result = fini_pidfd_getfd(pidfd, descriptor)
    if let error = Errno(result: result) { throw error }
    return Int32(result)
  }
}

/// Sizes and maps a memory file.
///
/// - Throws: the error of ftruncate(2) or mmap(2).
package func mapShared(
  _ descriptor: Int32, byteCount: Int
) throws(Errno) -> UnsafeMutableRawPointer {
  var mapping: UnsafeMutableRawPointer? = nil
  let result = unsafe fini_map_shared(descriptor, UInt64(byteCount), &mapping)
  if let error = Errno(result: result) { throw error }
  guard let mapping = unsafe mapping else { throw .badAddress }
  return unsafe mapping
}

/// Whether this user may map the shared mappings of a task, by `/proc/<tid>/map_files`
/// (proc_pid_map_files(5)): needs CAP_CHECKPOINT_RESTORE or CAP_SYS_ADMIN.
package func mayMapRegions() -> Bool { fini_may_map_region() == 0 }

/// Maps a shared mapping of a task into this process.
///
/// - Throws: EPERM without the right, ENOENT if the task has no mapping of exactly these bounds.
package func mapRegion(
  _ region: RemoteRange, of task: TaskID
) throws(Errno) -> UnsafeMutableRawPointer {
  var mapping: UnsafeMutableRawPointer? = nil
  let result = unsafe fini_map_region(
    task.rawValue, region.start.rawValue, region.byteCount, &mapping)
  if let error = Errno(result: result) { throw error }
  guard let mapping = unsafe mapping else { throw .badAddress }
  return unsafe mapping
}

/// A word of shared memory that another process writes.
@safe package struct SharedWord {
  let pointer: UnsafeMutablePointer<UInt32>

  /// Wraps an address that is mapped as long as the word is used.
  package init(_ address: UnsafeMutableRawPointer) {
    unsafe pointer = address.assumingMemoryBound(to: UInt32.self)
  }
}

/// Stores a word, and wakes a task that sleeps on a life lock which the calling thread holds; see
/// futex(2).
package func handOverTo(
  _ value: UInt32, _ word: SharedWord, wakingAt life: UnsafeMutableRawPointer
) {
  unsafe fini_hand_over(word.pointer, value, life)
}

/// Another process's memory, which can be written whatever its protection; see proc_pid_mem(5).
///
/// The descriptor stays with the memory that the process had when it was opened. After an execve a
/// write has no effect.
package struct RemoteMemory: ~Copyable {
  private let descriptor: Int32

  /// Opens the memory of a task.
  ///
  /// - Throws: EACCES without the right to trace it, ENOENT if it is gone.
  package init(of task: TaskID) throws(Errno) {
    let result = fini_open_memory(task.rawValue)
    if let error = Errno(result: result) { throw error }
    descriptor = Int32(result)
  }

  deinit { fini_close(descriptor) }

  /// Reads a word; `nil` if nothing is mapped there, or if the memory is gone.
  package borrowing func word(at address: RemoteAddress) -> UInt64? {
    var word: UInt64 = 0
    let count = unsafe withUnsafeMutableBytes(of: &word) {
      unsafe fini_read_descriptor(
        descriptor, address.rawValue, $0.baseAddress, UInt64($0.count))
    }
    return count == 8 ? word : nil
  }

  /// Writes bytes. Returns how many, or a negated error number (EIO if nothing is mapped there).
  package borrowing func write(_ bytes: UnsafeRawBufferPointer, at address: RemoteAddress) -> Int64
  {
    unsafe fini_write_memory(
      descriptor, address.rawValue, bytes.baseAddress, UInt64(bytes.count))
  }
}

/// Unmaps what ``mapShared(_:byteCount:)`` mapped. Returns a negated error number if that fails.
package func unmapShared(_ mapping: UnsafeMutableRawPointer, _ byteCount: Int) -> Int64 {
  unsafe fini_unmap(mapping, UInt64(byteCount))
}

/// Closes a descriptor; returns a negated error number if that fails.
@discardableResult
package func closeDescriptor(_ descriptor: Int32) -> Int64 { fini_close(descriptor) }

/// Takes a lock that the kernel marks when the calling thread dies; see set_robust_list(2).
package func lifeLock(_ memory: UnsafeMutableRawPointer) -> Int64 { unsafe fini_life_lock(memory) }

/// Unlocks a life lock. Only the thread that locked it may do that.
package func lifeUnlock(_ memory: UnsafeMutableRawPointer) -> Int64 {
  unsafe fini_life_unlock(memory)
}

/// Sends one packet; returns its size or a negated error number. See send(2).
package func sendPacket(_ socket: Int32, _ packet: UnsafeRawBufferPointer) -> Int64 {
  unsafe fini_send(socket, packet.baseAddress, UInt64(packet.count))
}

/// Receives one packet; zero means that the other end is closed. See recv(2).
package func receivePacket(_ socket: Int32, into buffer: UnsafeMutableRawBufferPointer) -> Int64 {
  unsafe fini_receive(socket, buffer.baseAddress, UInt64(buffer.count))
}

/// Reads another process's memory without stopping it; returns how many bytes were read.
///
/// - Throws: EPERM, ESRCH, or EFAULT where nothing is mapped.
/// - Note: The corresponding C function is `process_vm_readv()`; see process_vm_readv(2).
package func readMemory(
  of task: TaskID, at address: RemoteAddress, count: Int
) throws(Errno) -> [UInt8] {
  var bytes = [UInt8](repeating: 0, count: count)
  let result = unsafe bytes.withUnsafeMutableBytes {
    unsafe fini_read_memory(task.rawValue, address.rawValue, $0.baseAddress, UInt64(count))
  }
  if let error = Errno(result: result) { throw error }
  bytes.removeLast(count - Int(result))
  return bytes
}

/// Reads two bytes of another process's memory without stopping it; `nil` where nothing is mapped.
package func readHalfWord(of task: TaskID, at address: RemoteAddress) -> UInt16? {
  var word: UInt16 = 0
  let result = unsafe fini_read_memory(task.rawValue, address.rawValue, &word, 2)
  return result == 2 ? word : nil
}

/// Reads four words of another process's memory; `nil` where they are not all mapped.
package func readWords(of task: TaskID, at address: RemoteAddress) -> InlineArray<4, UInt64>? {
  var words = InlineArray<4, UInt64>(repeating: 0)
  let result = unsafe withUnsafeMutableBytes(of: &words) {
    unsafe fini_read_memory(task.rawValue, address.rawValue, $0.baseAddress, UInt64($0.count))
  }
  return result == 32 ? words : nil
}

/// Reads one word of another process's memory; `nil` where it is not mapped.
package func readWord(of task: TaskID, at address: RemoteAddress) -> UInt64? {
  var word: UInt64 = 0
  let result = unsafe fini_read_memory(task.rawValue, address.rawValue, &word, 8)
  return result == 8 ? word : nil
}

/// Sends a signal to a thread of a process; see tgkill(2).
package func sendSignal(_ signal: Signal, to task: TaskID, of process: TaskID) -> Int64 {
  fini_tgkill(process.rawValue, task.rawValue, signal.rawValue)
}

/// Sends a signal to a process; see kill(2).
package func sendSignal(_ signal: Signal, toProcess process: TaskID) -> Int64 {
  fini_kill(process.rawValue, signal.rawValue)
}

/// The result of the breakpoint probe: the test whether hardware breakpoints work here.
package enum BreakpointProbe: Hashable, Sendable {
  /// A breakpoint stopped the test's task.
  case works
  /// The task ran past the breakpoint.
  case silent
  /// A debug register could not be written.
  case refused

  /// Starts a process that sets a breakpoint in a child of its own, and tells whether it fires.
  ///
  /// The process is waited for through the gate, so the recording has that wait.
  @PtraceThread
  package static func run(by tracer: Tracer, timeout: Int64 = 1_000_000_000) -> BreakpointProbe {
    var child: Int32 = 0
    let answer = unsafe fini_probe_breakpoint(timeout, &child)
    if child > 0 { tracer.reap(TaskID(child)) }
    switch answer {
    case Int64(FINI_PROBE_WORKS): return .works
    case Int64(FINI_PROBE_SILENT): return .silent
    default: return .refused
    }
  }
}
