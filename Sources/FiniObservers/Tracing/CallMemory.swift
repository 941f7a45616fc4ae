internal import FiniModel

/// Where the memory is that a tracer's call read or wrote, and how much of it tells something.
///
/// The same as the BPF program reads, so that one decoding serves both.
enum CallMemory: Hashable {
  case none
  case word(RemoteAddress, byteCount: Int)
  case bytes(RemoteAddress, byteCount: Int)
  /// The memory of an iovec; only that of NT_PRSTATUS is read, of others the size is enough.
  case registerSet(RemoteAddress, note: UInt64)

  /// Of 128; the bytes after it have no name.
  private static let signalInfoSize = 48
  private static let registersSize = 216
  /// struct ptrace_syscall_info.
  private static let syscallInfoSize: UInt64 = 88

  /// The memory of a call.
  init(of call: SeenCall) {
    func address(_ index: Int) -> RemoteAddress? {
      let word = call.arguments.indices.contains(index) ? call.arguments[index] : 0
      return word == 0 ? nil : RemoteAddress(word)
    }
    let pointer: RemoteAddress?
    switch call.number {
    case SyscallNumber.ptrace: pointer = address(3)
    case SyscallNumber.wait4: pointer = address(1)
    case SyscallNumber.waitid, SyscallNumber.rtSigqueueinfo: pointer = address(2)
    case SyscallNumber.rtTgsigqueueinfo: pointer = address(3)
    default: pointer = nil
    }
    guard let pointer else {
      self = .none
      return
    }
    switch call.number {
    case SyscallNumber.ptrace: self = CallMemory(ofRequest: call.arguments, at: pointer)
    case SyscallNumber.wait4: self = .word(pointer, byteCount: 4)
    default: self = .bytes(pointer, byteCount: CallMemory.signalInfoSize)
    }
  }

  private init(ofRequest arguments: [UInt64], at pointer: RemoteAddress) {
    switch PtraceRequest(rawValue: Int64(bitPattern: arguments[0])).memory {
    case .word: self = .word(pointer, byteCount: 8)
    case .signalInfo: self = .bytes(pointer, byteCount: CallMemory.signalInfoSize)
    case .registers: self = .bytes(pointer, byteCount: CallMemory.registersSize)
    case .structure:
      let size = Int(min(arguments[2], CallMemory.syscallInfoSize))
      self = size > 0 ? .bytes(pointer, byteCount: size) : .none
    case .registerSet: self = .registerSet(pointer, note: arguments[2])
    case .none: self = .none
    }
  }

  /// Fills in what the memory holds now.
  ///
  /// - Parameter read: `nil` where nothing is to be read.
  func fill(_ call: inout SeenCall, reading read: (RemoteAddress, Int) -> [UInt8]?) {
    switch self {
    case .none:
      break
    case .word(let address, let byteCount):
      guard let bytes = read(address, byteCount) else { return }
      call.word =
        byteCount == 4 ? bytes[...].half(at: 0).map { UInt64($0) } : bytes[...].word(at: 0)
    case .bytes(let address, let byteCount):
      call.memory = read(address, byteCount) ?? []
    case .registerSet(let address, let note):
      // After the call the length is what the kernel moved.
      guard let vector = read(address, 16), let start = vector[...].word(at: 0),
        let length = vector[...].word(at: 8)
      else { return }
      call.word = length
      guard note == RegisterSet.general, length > 0, length <= UInt64(CallMemory.registersSize)
      else { return }
      call.memory = read(RemoteAddress(start), Int(length)) ?? []
    }
  }
}
