/// What a `siginfo_t` says about one signal; see sigaction(2).
package struct SignalInfo: Hashable, Sendable {
  /// The signal.
  package var signal: Signal
  /// Why it was sent: `si_code`.
  package var code: SignalCode
  /// The sending process, where the code says that there is one: `si_pid`.
  package var sender: TaskID?
  /// The sender's real user id, where there is a sender: `si_uid`.
  package var senderUser: UInt32?
  /// The address that a fault or trap names, where the code says that there is one: `si_addr`.
  package var address: RemoteAddress?
  /// The value that came with a queued signal: `si_value`.
  package var value: UInt64?

  package init(
    signal: Signal, code: SignalCode, sender: TaskID? = nil, senderUser: UInt32? = nil,
    address: RemoteAddress? = nil, value: UInt64? = nil
  ) {
    self.signal = signal
    self.code = code
    self.sender = sender
    self.senderUser = senderUser
    self.address = address
    self.value = value
  }

  /// Whether it says why the signal came.
  ///
  /// Some signals have no siginfo of their own, such as the SIGSTOP of a task that is traced from
  /// its start. The kernel reports them as sent by kill(2) from process 0.
  package var namesItsCause: Bool {
    code != .unknown && (code != .user || sender.map { $0.rawValue > 0 } ?? true)
  }

  /// Whether an instruction of the task itself raised it: it comes again as long as that instruction is the next.
  package var isFault: Bool {
    switch signal {
    case .segmentation, .bus, .illegalInstruction, .floatingPoint:
      code.rawValue > 0 && code != .unknown
    default: false
    }
  }

  /// Whether a task sent it to one thread, by tkill(2) or tgkill(2): a debugger stops its tracees
  /// this way.
  package func isForThread(by sender: TaskID) -> Bool {
    code == .threadKill && self.sender == sender
  }

  /// What a SIGCHLD, or waitid(2), reports about the child; `nil` if the value was not seen, or if
  /// this is no such siginfo.
  package var childStatus: WaitStatus? {
    guard signal == .child, let value else { return nil }
    return WaitStatus(
      childCode: WaitStatus.ChildCode(rawValue: code.rawValue),
      status: UInt32(truncatingIfNeeded: value))
  }

  /// Decodes the words of a `siginfo_t`. Signal and code decide which of them are valid.
  ///
  /// - Parameters:
  ///   - pid: the 32 bits at offset 16.
  ///   - uid: the 32 bits at offset 20.
  ///   - address: the 64 bits at offset 16, the same memory as `pid` and `uid`.
  ///   - value: the 64 bits at offset 24.
  package init(
    signal: Int32, code: Int32, pid: Int32, uid: UInt32, address: UInt64, value: UInt64
  ) {
    let code = SignalCode(rawValue: code)
    self.init(signal: Signal(rawValue: signal), code: code)
    switch code.origin(for: self.signal) {
    case .process:
      self.sender = TaskID(pid)
      self.senderUser = uid
    case .queue:
      self.sender = TaskID(pid)
      self.senderUser = uid
      self.value = value
    case .fault:
      self.address = RemoteAddress(address)
    case .other:
      break
    }
  }
}

/// A `si_code`: the reason for a signal, whose meaning depends on the signal.
package struct SignalCode: RawRepresentable, Hashable, Sendable {
  /// The code.
  package var rawValue: Int32

  /// Wraps a code.
  package init(rawValue: Int32) { self.rawValue = rawValue }

  /// Sent by kill(2): `SI_USER`.
  package static let user = SignalCode(rawValue: 0)
  /// Sent by sigqueue(3): `SI_QUEUE`.
  package static let queue = SignalCode(rawValue: -1)
  /// Sent by tgkill(2): `SI_TKILL`.
  package static let threadKill = SignalCode(rawValue: -6)
  /// Sent by the kernel; for SIGTRAP an int3 instruction: `SI_KERNEL`.
  package static let kernel = SignalCode(rawValue: 0x80)
  /// SIGTRAP by a single step: `TRAP_TRACE`.
  package static let trapTrace = SignalCode(rawValue: 2)
  /// Of SIGCHLD: a signal killed the child. The corresponding C constant is `CLD_KILLED`.
  package static let childKilled = SignalCode(rawValue: 2)
  /// SIGTRAP by a hardware breakpoint or watchpoint: `TRAP_HWBKPT`.
  package static let trapHardwareBreakpoint = SignalCode(rawValue: 4)

  /// Not a code of the kernel: the code was not seen.
  package static let unknown = SignalCode(rawValue: .min)

  /// Where the signal came from, as its code says.
  package enum Origin: Sendable {
    /// A process, by kill, tkill or tgkill.
    case process
    /// A process, with a value.
    case queue
    /// The processor, at an address.
    case fault
    /// The kernel or something else without a sender.
    case other
  }

  /// What kind of siginfo the code announces for a signal.
  package func origin(for signal: Signal) -> Origin {
    switch rawValue {
    case 0, -6: return .process
    case -1: return .queue
    case 0x80: return .other
    default: break
    }
    guard rawValue > 0 else { return .other }
    switch signal {
    case .child: return .process
    case .illegalInstruction, .floatingPoint, .segmentation, .bus: return .fault
    case .trap: return rawValue < 0x80 ? .fault : .other
    default: return .other
    }
  }

  /// The C name for a signal, such as `TRAP_HWBKPT`, or the number.
  package func name(for signal: Signal) -> String {
    switch rawValue {
    case 0: return "SI_USER"
    case -1: return "SI_QUEUE"
    case -2: return "SI_TIMER"
    case -3: return "SI_MESGQ"
    case -4: return "SI_ASYNCIO"
    case -5: return "SI_SIGIO"
    case -6: return "SI_TKILL"
    case 0x80: return "SI_KERNEL"
    case SignalCode.unknown.rawValue: return "unknown"
    default: break
    }
    if signal == .trap {
      switch rawValue {
      case 1: return "TRAP_BRKPT"
      case 2: return "TRAP_TRACE"
      case 3: return "TRAP_BRANCH"
      case 4: return "TRAP_HWBKPT"
      default: break
      }
    }
    if signal == .segmentation {
      switch rawValue {
      case 1: return "SEGV_MAPERR"
      case 2: return "SEGV_ACCERR"
      default: break
      }
    }
    return "\(rawValue)"
  }
}
