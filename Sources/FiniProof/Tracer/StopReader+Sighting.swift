package import FiniModel

extension StopReader {
  /// What was seen of one stop.
  package struct Sighting: Sendable {
    /// The status word.
    package var status: UInt32
    /// What `PTRACE_GETSIGINFO` said, if the tracer asked.
    package var info: SignalInfo?
    /// Whether `PTRACE_GETSIGINFO` was refused with EINVAL: the task is in no signal-delivery-stop.
    package var isInfoRefused = false
    /// The registers that the tracer read there, as far as they are known.
    package var registers: KnownRegisters?
    /// What `PTRACE_GET_SYSCALL_INFO` said, if the tracer asked.
    package var syscall: SyscallInfo?
    /// Where the tracee was, if that was seen.
    package var programCounter: RemoteAddress?
    /// The system call that the tracee was in, if that was seen.
    package var callNumber: UInt64?
    /// The signal sets of the tracee, if they were seen.
    package var sets: SignalSets?

    package init(status: UInt32) { self.status = status }

    /// Takes what the tracer asked about the stop.
    package mutating func observe(_ call: RequestCall) {
      guard call.error == nil else {
        if call.request == .getSignalInfo, call.error == .invalidArgument { isInfoRefused = true }
        return
      }
      switch call.detail {
      case .signalInfo(let info) where call.request == .getSignalInfo: self.info = info
      case .syscall(let info): syscall = info
      case .registers, .someRegisters:
        if call.request.kind == .registersRead { registers = call.knownRegisters }
      case .none where call.request == .peekUser: observe(word: call.data, at: call.address)
      default: break
      }
    }

    private mutating func observe(word: UInt64, at offset: UInt64) {
      guard
        let name = Registers.Name.allCases.first(where: { UInt64($0.rawValue) * 8 == offset })
      else { return }
      var all = registers ?? KnownRegisters(Registers(), known: 0)
      all.registers[name] = word
      all.known |= 1 << UInt32(name.rawValue)
      registers = all
    }

    /// The place by the best witness: /proc, the registers, the kernel's word on a system call.
    var place: RemoteAddress? {
      if let known = programCounter ?? registers?.programCounter { return known }
      // A source may have the call and not the place.
      return syscall.flatMap { $0.instructionPointer.rawValue == 0 ? nil : $0.instructionPointer }
    }

    /// The call that was entered, by the best witness: the kernel, the registers, /proc.
    var entered: CallNumber? {
      let abi = syscall?.abi ?? registers?[.cs].map { _ in registers?.registers.abi } ?? nil
      let number = syscall?.number ?? registers?[.origRAX] ?? callNumber
      return number.map { CallNumber($0, by: abi) }
    }
  }
}
