internal import FiniModel

/// What a tracer's system call was, in the words of the model.
enum CallReading: Hashable, Sendable {
  /// A ptrace call on a tracee.
  case request(RequestCall, tracee: TaskID)
  /// A wait call; `keepsState` says that what it reported will be reported again.
  case wait(WaitCall, keepsState: Bool)
  /// A call that sends a signal; the signal itself is told apart from it.
  case send
  /// Another call.
  case other

  init(_ call: SeenCall) {
    func argument(_ index: Int) -> UInt64 {
      call.arguments.indices.contains(index) ? call.arguments[index] : 0
    }
    func task(_ index: Int) -> TaskID { TaskID(Int32(truncatingIfNeeded: argument(index))) }
    switch call.number {
    case SyscallNumber.ptrace:
      self = .request(RequestCall(call), tracee: task(1))
    case SyscallNumber.wait4:
      let options = UInt32(truncatingIfNeeded: argument(2))
      let status = call.word.map { UInt32(truncatingIfNeeded: $0) }
      self = .wait(
        WaitCall(
          target: task(0), options: options, result: call.result,
          status: call.result > 0 ? status : nil),
        keepsState: options & CallReading.noWait != 0)
    case SyscallNumber.waitid:
      let options = UInt32(truncatingIfNeeded: argument(3))
      self = .wait(
        CallReading.waitid(call, target: argument(0) == 1 ? task(1) : TaskID(-1), options),
        keepsState: options & CallReading.noWait != 0)
    case let number where SeenCall.isWatched(number):
      self = .send
    default:
      self = .other
    }
  }

  /// waitid(2) returns zero and fills a siginfo; what it says is told as wait4 would have.
  private static func waitid(
    _ call: SeenCall, target: TaskID, _ options: UInt32
  ) -> WaitCall {
    let bytes = call.memory[...]
    guard call.result == 0, let task = bytes.number(at: 16), task != 0,
      let code = bytes.number(at: 8), let detail = bytes.half(at: 24)
    else { return WaitCall(target: target, options: options, result: call.result) }
    let status = WaitStatus(childCode: WaitStatus.ChildCode(rawValue: code), status: detail)?
      .rawValue
    return WaitCall(target: target, options: options, result: Int64(task), status: status)
  }

  /// WNOWAIT; see waitid(2).
  private static let noWait: UInt32 = 0x0100_0000
}

extension RequestCall {
  /// A ptrace(2) system call as it was made: raw words, and the memory that the pointer points to.
  init(_ call: SeenCall) {
    func argument(_ index: Int) -> UInt64 {
      call.arguments.indices.contains(index) ? call.arguments[index] : 0
    }
    let request = PtraceRequest(rawValue: Int64(bitPattern: argument(0)))
    self.init(
      request: request, address: argument(2), data: argument(3), result: call.result)
    switch request.memory {
    case .word:
      take(word: call.word)
    case .signalInfo:
      // PTRACE_PEEKSIGINFO says how many there were.
      if request != .peekSignalInfo || result > 0, let info = SignalInfo(bytes: call.memory[...]) {
        detail = .signalInfo(info)
      }
    case .registers:
      if let registers = Registers(regset: call.memory[...]) { detail = .registers(registers) }
    case .structure where request == .getSyscallInfo:
      if let info = SyscallInfo(bytes: call.memory[...]) { detail = .syscall(info) }
    case .structure:
      if let area = SequenceArea(bytes: call.memory[...]) { detail = .sequenceArea(area) }
    case .registerSet:
      detail = RequestCall.registerSet(call, note: argument(2))
    case .none:
      break
    }
    // What a failed call was to write is garbage; what it was given is not.
    if result < 0, !request.givesMemory { detail = .none }
  }

  private mutating func take(word: UInt64?) {
    switch request {
    case .getSignalMask, .setSignalMask:
      if let word { detail = .signalSet(SignalSet(rawValue: word)) }
    default:
      // The raw system call stores the word where data points.
      data = result < 0 ? 0 : word ?? 0
    }
  }

  private static func registerSet(_ call: SeenCall, note: UInt64) -> Detail {
    switch note {
    case RegisterSet.general:
      return Registers(regset: call.memory[...]).map { .registers($0) } ?? .none
    case RegisterSet.extendedState:
      return call.word.map { .extendedState(byteCount: $0, digest: nil) } ?? .none
    default:
      return .none
    }
  }
}
