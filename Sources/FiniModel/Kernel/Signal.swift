/// A signal's number, 1 ... 64.
///
/// Not an enum: real-time signals have no names. See signal(7).
package struct Signal: RawRepresentable, Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The number.
  package var rawValue: Int32

  /// Wraps a number, whatever it is.
  package init(rawValue: Int32) { self.rawValue = rawValue }

  /// SIGHUP.
  package static let hangUp = Signal(rawValue: 1)
  /// SIGINT.
  package static let interrupt = Signal(rawValue: 2)
  /// SIGQUIT.
  package static let quit = Signal(rawValue: 3)
  /// `SIGILL`.
  package static let illegalInstruction = Signal(rawValue: 4)
  /// `SIGTRAP`.
  package static let trap = Signal(rawValue: 5)
  /// `SIGBUS`.
  package static let bus = Signal(rawValue: 7)
  /// `SIGFPE`.
  package static let floatingPoint = Signal(rawValue: 8)
  /// `SIGKILL`.
  package static let kill = Signal(rawValue: 9)
  /// `SIGUSR1`.
  package static let user1 = Signal(rawValue: 10)
  /// `SIGSEGV`.
  package static let segmentation = Signal(rawValue: 11)
  /// `SIGUSR2`.
  package static let user2 = Signal(rawValue: 12)
  /// `SIGTERM`.
  package static let terminate = Signal(rawValue: 15)
  /// `SIGALRM`.
  package static let alarm = Signal(rawValue: 14)
  /// `SIGCHLD`.
  package static let child = Signal(rawValue: 17)
  /// `SIGCONT`.
  package static let `continue` = Signal(rawValue: 18)
  /// `SIGSTOP`.
  package static let stop = Signal(rawValue: 19)
  /// `SIGTSTP`.
  package static let terminalStop = Signal(rawValue: 20)
  /// `SIGTTIN`.
  package static let terminalInput = Signal(rawValue: 21)
  /// `SIGTTOU`.
  package static let terminalOutput = Signal(rawValue: 22)
  /// A system call that a filter or Syscall User Dispatch rejected: SIGSYS.
  package static let badCall = Signal(rawValue: 31)

  /// Whether the default action stops the process and a group-stop can carry this number.
  package var stopsTheGroup: Bool {
    self == .stop || self == .terminalStop || self == .terminalInput || self == .terminalOutput
  }

  /// Orders by number.
  package static func < (left: Signal, right: Signal) -> Bool { left.rawValue < right.rawValue }

  /// The C name, such as `SIGUSR1`; for a real-time signal `SIGRTMIN+2`, counted from 34 as kill(1)
  /// does.
  package var description: String {
    let index = Int(rawValue)
    if Signal.names.indices.contains(index), index > 0 { return "SIG" + Signal.names[index] }
    // 32 and 33 belong to the C library; the kernel knows them as real-time signals as well.
    if rawValue == 32 || rawValue == 33 { return "SIG\(rawValue)" }
    if rawValue == 34 { return "SIGRTMIN" }
    if rawValue > 34, rawValue <= 64 { return "SIGRTMIN+\(rawValue - 34)" }
    return "signal \(rawValue)"
  }

  /// The name without `SIG`, for narrow columns.
  package var shortName: String {
    let name = description
    return name.hasPrefix("SIG") ? String(name.dropFirst(3)) : name
  }

  private static let names: [String] = [
    "", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2",
    "PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG",
    "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
  ]
}

/// A set of signals in the kernel's form: 64 bits, signal n at bit n - 1.
///
/// glibc's `sigset_t` is 128 bytes; the kernel reads 8. See sigsetops(3).
package struct SignalSet: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
  /// The bits.
  package var rawValue: UInt64

  /// Wraps bits.
  package init(rawValue: UInt64) { self.rawValue = rawValue }

  /// No signal.
  package static let empty = SignalSet(rawValue: 0)

  /// Every signal but one.
  package static func all(but signal: Signal) -> SignalSet {
    SignalSet(rawValue: ~SignalSet.bit(of: signal))
  }

  /// Whether no signal is in the set.
  package var isEmpty: Bool { rawValue == 0 }

  /// Whether a signal is in the set.
  package func contains(_ signal: Signal) -> Bool { rawValue & SignalSet.bit(of: signal) != 0 }

  /// Puts a signal in.
  package mutating func insert(_ signal: Signal) { rawValue |= SignalSet.bit(of: signal) }

  /// Takes a signal out.
  package mutating func remove(_ signal: Signal) { rawValue &= ~SignalSet.bit(of: signal) }

  /// The signals that are in either set.
  package func union(_ other: SignalSet) -> SignalSet {
    SignalSet(rawValue: rawValue | other.rawValue)
  }

  /// The signals that are here and not in `other`.
  package func subtracting(_ other: SignalSet) -> SignalSet {
    SignalSet(rawValue: rawValue & ~other.rawValue)
  }

  /// The signals, by number.
  package var signals: [Signal] {
    (1...64).lazy.map { Signal(rawValue: $0) }.filter { contains($0) }
  }

  /// `[]`, `[USR1 TERM]`, or, if the set has more than half of the signals, `~[TRAP]` as strace
  /// writes it.
  package var description: String {
    if rawValue.nonzeroBitCount > 32 {
      return "~" + SignalSet(rawValue: ~rawValue).list
    }
    return list
  }

  private var list: String {
    "[" + signals.map { $0.shortName }.joined(separator: " ") + "]"
  }

  private static func bit(of signal: Signal) -> UInt64 {
    guard signal.rawValue >= 1, signal.rawValue <= 64 else { return 0 }
    return 1 << UInt64(signal.rawValue - 1)
  }
}
