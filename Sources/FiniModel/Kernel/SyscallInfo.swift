/// What `PTRACE_GET_SYSCALL_INFO` says about a stop; see ptrace(2).
package struct SyscallInfo: Hashable, Sendable {
  /// Which stop the kernel says this is.
  package enum Operation: UInt8, Sendable {
    case none = 0
    case entry = 1
    case exit = 2
    case seccomp = 3
  }

  /// Entry, exit or neither; `nil` for a number that this tool does not know.
  package var operation: Operation?
  /// The table of the number; `nil` if the source does not say, or names an unknown one.
  package var abi: SystemCallABI?
  /// The number of the call, at an entry.
  package var number: UInt64?
  /// The result, at an exit.
  package var result: Int64?
  /// The instruction after the system call.
  package var instructionPointer: RemoteAddress
  /// The stack pointer.
  package var stackPointer: RemoteAddress

  package init(
    operation: Operation?, abi: SystemCallABI? = nil, number: UInt64? = nil, result: Int64? = nil,
    instructionPointer: RemoteAddress, stackPointer: RemoteAddress
  ) {
    self.operation = operation
    self.abi = abi
    self.number = number
    self.result = result
    self.instructionPointer = instructionPointer
    self.stackPointer = stackPointer
  }
}
