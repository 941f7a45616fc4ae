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

  init(_ call: SystemCall) {
    func argument(_ index: Int) -> UInt64 {
      call.arguments.indices.contains(index) ? call.arguments[index] : 0
    }
    func task(_ index: Int) -> TaskID { TaskID(Int32(truncatingIfNeeded: argument(index))) }
    switch call.number {
    case SystemCall.ptrace:
      self = .request(RequestCall(call), tracee: task(1))
    case SystemCall.wait4:
      let options = UInt32(truncatingIfNeeded: argument(2))
      let status = call.word.map { UInt32(truncatingIfNeeded: $0) }
      self = .wait(
        WaitCall(
          target: task(0), options: options, result: call.result,
          status: call.result > 0 ? status : nil),
        keepsState: options & CallReading.noWait != 0)
    case SystemCall.waitid:
      let options = UInt32(truncatingIfNeeded: argument(3))
      self = .wait(
        CallReading.waitid(call, target: argument(0) == 1 ? task(1) : TaskID(-1), options),
        keepsState: options & CallReading.noWait != 0)
    case let number where SystemCall.isWatched(number):
      self = .send
    default:
      self = .other
    }
  }

  /// waitid(2) returns zero and fills a siginfo; what it says is told as wait4 would have.
  private static func waitid(
    _ call: SystemCall, target: TaskID, _ options: UInt32
  ) -> WaitCall {
    let bytes = call.memory[...]
    guard call.result == 0, let task = bytes.number(at: 16), task != 0,
      let code = bytes.number(at: 8), let detail = bytes.half(at: 24)
    else { return WaitCall(target: target, options: options, result: call.result) }
    let status: UInt32?
    switch code {
    case 1: status = (detail & 0xff) << 8  // CLD_EXITED
    case 2: status = detail & 0x7f  // CLD_KILLED
    case 3: status = detail & 0x7f | 0x80  // CLD_DUMPED
    case 4, 5: status = detail << 8 | 0x7f  // CLD_TRAPPED, CLD_STOPPED
    case 6: status = 0xffff  // CLD_CONTINUED
    default: status = nil
    }
    return WaitCall(target: target, options: options, result: Int64(task), status: status)
  }

  /// WNOWAIT; see waitid(2).
  private static let noWait: UInt32 = 0x0100_0000
}

extension RequestCall {
  /// A ptrace(2) system call as it was made: raw words, and what was behind the pointer.
  init(_ call: SystemCall) {
    func argument(_ index: Int) -> UInt64 {
      call.arguments.indices.contains(index) ? call.arguments[index] : 0
    }
    let request = PtraceRequest(rawValue: Int64(bitPattern: argument(0)))
    self.init(
      request: request, address: argument(2), data: argument(3), result: call.result)
    switch request.rawValue {
    case 1, 2, 3, 0x4201:
      // The raw system call stores the word where data points.
      data = result < 0 ? 0 : call.word ?? 0
    case 0x420a, 0x420b:
      if let word = call.word { detail = .signalSet(SignalSet(rawValue: word)) }
    case 0x4202, 0x4203:
      if let info = SignalInfo(bytes: call.memory[...]) { detail = .signalInfo(info) }
    case 0x4209:
      if result > 0, let info = SignalInfo(bytes: call.memory[...]) { detail = .signalInfo(info) }
    case 0x420e:
      if let info = SyscallInfo(bytes: call.memory[...]) { detail = .syscall(info) }
    case 0x420f:
      if let area = SequenceArea(bytes: call.memory[...]) { detail = .sequenceArea(area) }
    case 12, 13:
      if let registers = Registers(regset: call.memory[...]) { detail = .registers(registers) }
    case 0x4204, 0x4205:
      detail = RequestCall.registerSet(call, note: argument(2))
    default:
      break
    }
    // What a failed call was to write is garbage; what it was given is not.
    if result < 0, !request.gives { detail = .none }
  }

  private static func registerSet(_ call: SystemCall, note: UInt64) -> Detail {
    switch note {
    case 1:
      return Registers(regset: call.memory[...]).map { .registers($0) } ?? .none
    case 0x202:
      return call.word.map { .extendedState(byteCount: $0, digest: nil) } ?? .none
    default:
      return .none
    }
  }
}

extension PtraceRequest {
  /// Whether the memory behind the pointer goes to the tracee.
  fileprivate var gives: Bool {
    switch rawValue {
    case 13, 15, 19, 0x4203, 0x4205, 0x420b: true
    default: false
    }
  }

  /// Whether the request only looks: the tracee is after it as it was before.
  var looks: Bool {
    switch kind {
    case .peek, .registersRead, .signalMaskRead, .signalInfoRead, .signalQueueRead, .eventMessage,
      .syscallInfo:
      true
    default:
      rawValue == 25 || (0x420c...0x420d).contains(rawValue) || rawValue == 0x420f
        || self == .getDispatch
    }
  }
}
