internal import CFiniPtrace
internal import FiniModel

// Turns structures that the kernel fills into values of the model.

/// Sizes that a request takes or returns as its third argument, in bytes.
enum KernelSize {
  /// `sigset_t` as the kernel has it.
  static let signalSet: UInt64 = 8
  /// `struct ptrace_syscall_info`.
  static let syscallInfo: UInt64 = 88
  /// `struct ptrace_rseq_configuration`.
  static let sequenceConfiguration: UInt64 = 24
}

extension SignalInfo {
  init(_ info: fini_siginfo) {
    self.init(
      signal: info.signo, code: info.code, pid: info.pid, uid: info.uid, address: info.address,
      value: info.value)
  }
}

extension SequenceArea {
  init(_ area: fini_rseq) {
    self.init(
      address: RemoteAddress(area.area), byteCount: area.size, signature: area.signature)
  }
}

extension SyscallInfo {
  init(_ info: fini_syscall_info) {
    let operation = Operation(rawValue: info.operation)
    self.init(
      operation: operation, abi: SystemCallABI(auditArchitecture: info.architecture),
      number: operation == .entry ? info.number : nil,
      result: operation == .exit ? info.result : nil,
      instructionPointer: RemoteAddress(info.instruction_pointer),
      stackPointer: RemoteAddress(info.stack_pointer))
  }
}
