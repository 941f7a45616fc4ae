internal import FiniModel
internal import FiniPtrace

/// The frame from which rt_sigreturn takes a task's state (x86-64), as a signal would have left it.
///
/// The offsets are those of `struct rt_sigframe` in the kernel's asm/sigframe.h and of `struct
/// sigcontext_64`. SigframeTests prove them with a real rt_sigreturn.
enum Sigframe {
  /// From the frame's start to what the stack pointer must be at rt_sigreturn.
  static let stackPointerOffset = 8
  /// From the frame's start to `uc_stack`.
  static let alternateStackOffset = 24
  private static let contextOffset = 48
  private static let maskOffset = 304
  /// Where the extended state lies: the first multiple of 64 after the frame.
  private static let extendedStateOffset = 320
  private static let magic1: UInt32 = 0x4650_5853
  private static let magic2: UInt32 = 0x4650_5845

  /// Size of a frame with its extended state, in bytes.
  static func byteCount(extendedStateBytes: Int) -> Int {
    extendedStateOffset + extendedStateBytes + 8
  }

  /// Writes a frame.
  ///
  /// - Parameters:
  ///   - memory: where the frame is written, zeroed and aligned to 64 bytes.
  ///   - address: the task's address of it.
  ///   - registers: the registers that the task gets; see `Registers.forSigframe`.
  ///   - mask: the signals that the task gets blocked.
  @PtraceThread
  static func write(
    to memory: UnsafeMutableRawPointer, at address: RemoteAddress, registers: Registers,
    mask: SignalSet, extendedState: ExtendedState
  ) {
    // UC_FP_XSTATE, UC_SIGCONTEXT_SS, UC_STRICT_RESTORE_SS: restore everything, ss included.
    unsafe memory.storeBytes(of: 7, toByteOffset: 8, as: UInt64.self)
    var offset = contextOffset
    for index in order.indices {
      let name = order[index]
      unsafe memory.storeBytes(of: registers[name], toByteOffset: offset, as: UInt64.self)
      offset += 8
    }
    let segments = UInt16(truncatingIfNeeded: registers[.cs])
    unsafe memory.storeBytes(of: segments, toByteOffset: offset, as: UInt16.self)
    unsafe memory.storeBytes(
      of: UInt16(truncatingIfNeeded: registers[.ss]), toByteOffset: offset + 6, as: UInt16.self)
    let stateAddress = address + extendedStateOffset
    unsafe memory.storeBytes(
      of: stateAddress.rawValue, toByteOffset: contextOffset + 184, as: UInt64.self)
    unsafe memory.storeBytes(of: mask.rawValue, toByteOffset: maskOffset, as: UInt64.self)
    unsafe write(extendedState, to: memory + extendedStateOffset)
  }

  /// What the frame says about the extended state after it. It stands in the part of the legacy
  /// area that is reserved for software: `struct _fpx_sw_bytes`. A kernel without XSAVE takes the
  /// 512 bytes and does not read it.
  @PtraceThread
  private static func write(_ state: ExtendedState, to memory: UnsafeMutableRawPointer) {
    let claim = XSaveLayout.claim(inUse: state.inUse)
    let size =
      state.form == .xsave ? state.layout.byteCount(for: claim) : XSaveLayout.legacyByteCount
    unsafe state.withBytes { bytes in
      guard let start = bytes.baseAddress else { return }
      unsafe memory.copyMemory(from: start, byteCount: min(size, bytes.count))
    }
    guard state.form == .xsave else { return }
    unsafe memory.storeBytes(of: magic1, toByteOffset: 464, as: UInt32.self)
    unsafe memory.storeBytes(of: UInt32(size) + 4, toByteOffset: 468, as: UInt32.self)
    unsafe memory.storeBytes(of: claim.rawValue, toByteOffset: 472, as: UInt64.self)
    unsafe memory.storeBytes(of: UInt32(size), toByteOffset: 480, as: UInt32.self)
    unsafe memory.storeBytes(of: magic2, toByteOffset: size, as: UInt32.self)
  }

  private static let order: InlineArray<18, Registers.Name> = [
    .r8, .r9, .r10, .r11, .r12, .r13, .r14, .r15, .rdi, .rsi, .rbp, .rbx, .rdx, .rax, .rcx, .rsp,
    .rip, .eflags,
  ]
}
