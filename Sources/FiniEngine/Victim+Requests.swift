internal import FiniModel
internal import FiniPtrace

// Requests that read or write the stopped task.

extension Victim {
  func registers() throws(CureError) -> Registers {
    try act { tracee throws(PtraceError) in try tracee.registers(by: tracer) }
  }

  func set(_ registers: Registers) throws(CureError) {
    try act { tracee throws(PtraceError) in try tracee.set(registers, by: tracer) }
  }

  func signalMask() throws(CureError) -> SignalSet {
    try act { tracee throws(PtraceError) in try tracee.signalMask(by: tracer) }
  }

  func set(_ mask: SignalSet) throws(CureError) {
    try act { tracee throws(PtraceError) in try tracee.set(mask, by: tracer) }
  }

  func readExtendedState(into state: ExtendedState) throws(CureError) {
    try act { tracee throws(PtraceError) in try tracee.readExtendedState(into: state, by: tracer) }
  }

  func set(_ state: ExtendedState) throws(CureError) {
    try act { tracee throws(PtraceError) in try tracee.set(state, by: tracer) }
  }

  /// Its Syscall User Dispatch; `nil` if the kernel can't report it.
  func dispatch() throws(CureError) -> SyscallDispatch? {
    try act { tracee throws(PtraceError) in try tracee.dispatch(by: tracer) }
  }

  func set(_ dispatch: SyscallDispatch) throws(CureError) {
    try act { tracee throws(PtraceError) in try tracee.set(dispatch, by: tracer) }
  }

  func debugRegister(_ number: Int) throws(CureError) -> UInt64 {
    try act { tracee throws(PtraceError) in
      try tracee.userWord(at: DebugRegister.offset(number), by: tracer)
    }
  }

  func setDebugRegister(_ number: Int, to value: UInt64) throws(CureError) {
    try act { tracee throws(PtraceError) in
      try tracee.setUserWord(at: DebugRegister.offset(number), to: value, by: tracer)
    }
  }

  /// Clears every breakpoint of the cure.
  func disarm() throws(CureError) {
    try setDebugRegister(DebugRegister.control, to: DebugControl.disarmed.rawValue)
  }
}
