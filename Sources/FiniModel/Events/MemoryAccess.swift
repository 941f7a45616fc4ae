/// Some bytes of a task's memory that were read or written without ptrace(2): through `/proc/PID/mem`, or by
/// process_vm_readv(2) and process_vm_writev(2). A long one is told in several pieces.
package struct MemoryAccess: Hashable, Sendable {
  /// How it was done; the numbers are part of the schema.
  package enum Way: UInt8, CaseIterable, Hashable, Sendable {
    case readFile = 1
    case writeFile = 2
    case readRemote = 3
    case writeRemote = 4

    /// Whether the memory was written.
    package var isWrite: Bool { self == .writeFile || self == .writeRemote }

    /// The name in files and reports.
    package var name: String {
      switch self {
      case .readFile: "read-mem"
      case .writeFile: "write-mem"
      case .readRemote: "process-vm-read"
      case .writeRemote: "process-vm-write"
      }
    }
  }

  /// The most bytes of one piece.
  package static let mostBytes = 8

  /// How.
  package var way: Way
  /// The first byte.
  package var address: RemoteAddress
  /// How many bytes it is, at most ``mostBytes``.
  package var byteCount: UInt8
  /// The bytes, the first one lowest.
  package var bytes: UInt64
  /// Why it failed; `nil` if it did not. One that failed moved nothing.
  package var error: Errno?

  package init(
    _ way: Way, at address: RemoteAddress, byteCount: UInt8, bytes: UInt64, error: Errno? = nil
  ) {
    self.error = error
    self.way = way
    self.address = address
    self.byteCount = byteCount
    self.bytes = bytes
  }
}
