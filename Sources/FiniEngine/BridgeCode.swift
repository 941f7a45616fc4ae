internal import FiniModel
internal import FiniPtrace

/// The instructions of a bridge: one system call, and a way back that works without a tracer.
///
///     first:  syscall                the mmap; its result is the region
///             mov rbx, rax
///             jmp away
///     later:  syscall                any call while the region is known, in rbx
///     away:   mov rdi, rbx           munmap(region)
///     unmap:  syscall
///             flags, stack pointer, signal mask, Syscall User Dispatch if that was on, all registers,
///             and a jump to where the task was
///
/// The tracer takes the task over at the exit of the call that it wants. If the tracer is dead, the
/// task runs on. At the end of the bridge it has undone the infection (TracerDeathTests prove it).
/// Flags and stack pointer are set first: once the mask is back, a handler may run. The call that
/// switches dispatch on comes last: any call after it would be dispatched to the task.
///
/// The flags are written without TF. With TF the next instruction of the bridge would trap while
/// SIGTRAP is still blocked, and the kernel would kill the task. `popf` does not set RF.
/// docs/Decisions/0026 has all bits.
struct BridgeCode {
  /// Size of the place for the code, in bytes.
  static let capacity = 320
  /// What every bridge begins with.
  static let head: [UInt8] = [
    0x0f, 0x05, 0x48, 0x89, 0xc3, 0xeb, 0x02, 0x0f, 0x05, 0x48, 0x89, 0xdf, 0xbe,
  ]
  /// Entries, in bytes from the start.
  static let first = 0
  static let later = 7
  static let away = 9
  static let unmap = 22
  /// The offset of the distance to the flags.
  private static let flags = 27
  /// The offset of the call that switches dispatch on, and the bytes it begins with: `mov eax,
  /// prctl; mov edi, PR_SET_SYSCALL_USER_DISPATCH; mov esi, mode`.
  private static let dispatch = 72
  private static let dispatchHead: [UInt8] = [0xb8, 157, 0, 0, 0, 0xbf, 59, 0, 0, 0, 0xbe]

  private(set) var bytes = InlineArray<320, UInt8>(repeating: 0)
  private(set) var count = 0

  /// Makes the bridge back to a task's own state.
  ///
  /// - Parameters:
  ///   - own: the registers to end with; see `Registers.forBridge`.
  ///   - mask: the signals that the task has blocked at the end.
  ///   - dispatch: the Syscall User Dispatch that is switched off.
  ///   - regionByteCount: how many bytes munmap takes away.
  init(
    backTo own: Registers, mask: SignalSet, dispatch: SyscallDispatch?, regionByteCount: UInt32
  ) {
    emit(0x0f, 0x05)  // syscall
    emit(0x48, 0x89, 0xc3)  // mov rbx, rax
    emit(0xeb, 0x02)  // jmp away
    emit(0x0f, 0x05)  // syscall
    emit(0x48, 0x89, 0xdf)  // mov rdi, rbx
    emit(0xbe)  // mov esi, size
    emit32(regionByteCount)
    emit(0xb8, 11, 0, 0, 0)  // mov eax, munmap
    precondition(count == BridgeCode.unmap, "the entries are counted by hand")
    emit(0x0f, 0x05)
    emit(0x48, 0x8d, 0x25)  // lea rsp, [flags]
    let flags = reserve32()
    emit(0x9d)  // popf
    emit(.rsp, own[.rsp])
    emit(0xb8, 14, 0, 0, 0)  // mov eax, rt_sigprocmask
    emit(0xbf, 2, 0, 0, 0)  // mov edi, SIG_SETMASK
    emit(0x48, 0x8d, 0x35)  // lea rsi, [mask]
    let maskAt = reserve32()
    emit(0xba, 0, 0, 0, 0)  // mov edx, 0; an xor would change the flags
    emit(0x41, 0xba, 8, 0, 0, 0)  // mov r10d, 8
    emit(0x0f, 0x05)
    precondition(count == BridgeCode.dispatch, "the call is found again by its place")
    if let dispatch = dispatch?.written {
      for index in BridgeCode.dispatchHead.indices { emit(BridgeCode.dispatchHead[index]) }
      emit32(UInt32(truncatingIfNeeded: dispatch.mode))
      emit(.rdx, dispatch.offset)
      emit(.r10, dispatch.length)
      emit(.r8, dispatch.selector)
      emit(0x0f, 0x05)
    }
    for index in BridgeCode.order.indices {
      let name = BridgeCode.order[index]
      if name != .rsp { emit(name, own[name]) }
    }
    emit(0xff, own.isCompat ? 0x2d : 0x25)  // jmp [target], a far one back to 32-bit code
    let target = reserve32()
    // With AC a word that is not aligned is a fault.
    while count % 8 != 0 { emit(0xcc) }
    resolve(flags)
    emit64(own[.eflags] & ~Registers.Flag.trap)
    resolve(maskAt)
    emit64(mask.rawValue)
    resolve(target)
    if own.isCompat {
      emit32(UInt32(truncatingIfNeeded: own[.rip]))
      emit(UInt8(truncatingIfNeeded: own[.cs]), UInt8(truncatingIfNeeded: own[.cs] >> 8))
    } else {
      emit64(own[.rip])
    }
    precondition(count <= BridgeCode.capacity, "the code is larger than its place")
  }

  // MARK: one that stands

  /// How many bytes a bridge has, as its own code says. `nil` if the code is not a bridge.
  static func byteCount(of code: ArraySlice<UInt8>) -> Int? {
    guard code.count > flags + 4 else { return nil }
    let data = flags + 4 + Int(word(code, flags, 4))
    // Flags, mask and target are its last words.
    return data + 24 <= capacity ? data + 24 : nil
  }

  /// The setting of Syscall User Dispatch that a bridge gives back, if any.
  static func dispatch(of code: ArraySlice<UInt8>) -> SyscallDispatch? {
    let start = code.startIndex + dispatch
    guard code.count >= dispatch + 47, code[start...].starts(with: dispatchHead) else { return nil }
    return SyscallDispatch(
      mode: word(code, dispatch + 11, 4), selector: word(code, dispatch + 37, 8),
      offset: word(code, dispatch + 17, 8), length: word(code, dispatch + 27, 8))
  }

  private static func word(_ code: ArraySlice<UInt8>, _ offset: Int, _ count: Int) -> UInt64 {
    code.dropFirst(offset).prefix(count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// The registers in the order of their numbers in an instruction.
  private static let order: InlineArray<16, Registers.Name> = [
    .rax, .rcx, .rdx, .rbx, .rsp, .rbp, .rsi, .rdi, .r8, .r9, .r10, .r11, .r12, .r13, .r14, .r15,
  ]

  /// `mov register, value`
  private mutating func emit(_ name: Registers.Name, _ value: UInt64) {
    var number: UInt8 = 0
    while BridgeCode.order[Int(number)] != name { number += 1 }
    emit(number < 8 ? 0x48 : 0x49, 0xb8 + number % 8)
    emit64(value)
  }

  private mutating func emit(_ byte: UInt8) {
    bytes[count] = byte
    count += 1
  }
  private mutating func emit(_ a: UInt8, _ b: UInt8) {
    emit(a)
    emit(b)
  }
  private mutating func emit(_ a: UInt8, _ b: UInt8, _ c: UInt8) {
    emit(a, b)
    emit(c)
  }
  private mutating func emit(_ a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8, _ e: UInt8) {
    emit(a, b, c)
    emit(d, e)
  }
  private mutating func emit(
    _ a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8, _ e: UInt8, _ f: UInt8
  ) {
    emit(a, b, c)
    emit(d, e, f)
  }

  private mutating func emit32(_ word: UInt32) {
    for shift in stride(from: UInt32(0), to: 32, by: 8) {
      emit(UInt8(truncatingIfNeeded: word >> shift))
    }
  }

  private mutating func emit64(_ word: UInt64) {
    for shift in stride(from: UInt64(0), to: 64, by: 8) {
      emit(UInt8(truncatingIfNeeded: word >> shift))
    }
  }

  /// Leaves four bytes for the distance from the instruction that ends here.
  private mutating func reserve32() -> Int {
    emit32(0)
    return count
  }

  /// Fills in the distance to what comes next.
  private mutating func resolve(_ end: Int) {
    let distance = UInt32(count - end)
    for index in 0..<4 {
      bytes[end - 4 + index] = UInt8(truncatingIfNeeded: distance >> (8 * UInt32(index)))
    }
  }
}

extension Registers {
  /// The registers that a plain jump must set so that the task continues as if it had never been
  /// interrupted.
  ///
  /// Unlike rt_sigreturn, a jump does not change the restart block. So the interrupted call is
  /// restarted here in the way the kernel would restart it.
  var forBridge: Registers {
    guard restart == .restartBlock else { return forSigframe }
    var registers = self
    registers[.rax] = isCompat ? 0 : 219  // restart_syscall
    registers[.rip] = self[.rip] &- 2
    registers[.origRAX] = UInt64.max
    return registers
  }
}
