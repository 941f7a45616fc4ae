/// The meaning of a wait status word.
///
/// Decoding is pure and total: every 32-bit word has a case. A word that no known kernel sends is
/// ``unrecognized(_:)`` and kept unchanged. See wait(2) and ptrace(2).
package enum WaitStatus: Hashable, Sendable {
  /// The task called exit; the low byte of its status. `WIFEXITED`.
  case exited(code: UInt8)
  /// A signal ended the task. `WIFSIGNALED`, `WCOREDUMP`.
  case killed(Signal, dumpedCore: Bool)
  /// A stop without an event in its upper half: signal-delivery-stop, or group-stop under
  /// `PTRACE_ATTACH`.
  case stopped(Signal)
  /// SIGTRAP | 0x80: a syscall-stop under `PTRACE_O_TRACESYSGOOD`.
  case syscallStop
  /// A stop with a `PTRACE_EVENT_*` number in bits 16 ... 23.
  case event(PtraceEvent, Signal)
  /// SIGCONT continued the group. `WIFCONTINUED`.
  case continued
  /// A word that fits none of these.
  case unrecognized(UInt32)

  /// Decodes a word.
  package init(rawValue word: UInt32) {
    let low = word & 0xff
    let second = (word >> 8) & 0xff
    let high = word >> 16
    switch low {
    case 0x7f:
      if high == 0 {
        switch second {
        case 0x85: self = .syscallStop
        case 1...64: self = .stopped(Signal(rawValue: Int32(second)))
        default: self = .unrecognized(word)
        }
      } else if high <= 0xff, (1...64).contains(second) {
        self = .event(
          PtraceEvent(rawValue: UInt8(high)), Signal(rawValue: Int32(second)))
      } else {
        self = .unrecognized(word)
      }
    case 0:
      self = high == 0 ? .exited(code: UInt8(second)) : .unrecognized(word)
    case 0xff:
      self = word == 0xffff ? .continued : .unrecognized(word)
    default:
      let number = low & 0x7f
      if high == 0, second == 0, (1...64).contains(number) {
        self = .killed(Signal(rawValue: Int32(number)), dumpedCore: low & 0x80 != 0)
      } else {
        self = .unrecognized(word)
      }
    }
  }

  /// The word: the inverse of ``init(rawValue:)``.
  package var rawValue: UInt32 {
    switch self {
    case .exited(let code): UInt32(code) << 8
    case .killed(let signal, let dumpedCore):
      UInt32(bitPattern: signal.rawValue) & 0x7f | (dumpedCore ? 0x80 : 0)
    case .stopped(let signal): WaitStatus.stopWord(signal.rawValue)
    case .syscallStop: WaitStatus.stopWord(Signal.trap.rawValue | 0x80)
    case .event(let event, let signal):
      WaitStatus.stopWord(signal.rawValue) | UInt32(event.rawValue) << 16
    case .continued: 0xffff
    case .unrecognized(let word): word
    }
  }

  private static func stopWord(_ signal: Int32) -> UInt32 {
    (UInt32(bitPattern: signal) & 0xff) << 8 | 0x7f
  }

  /// The status of wait4 for what waitid(2) or a SIGCHLD reports: `si_code` and `si_status`.
  ///
  /// For a stop, `si_status` has the bits that a wait4 status has from bit 8 on: the signal, and
  /// above it the event.
  ///
  /// - Returns: `nil` for a code that is not `CLD_*`.
  package init?(childCode: ChildCode, status: UInt32) {
    switch childCode {
    case .exited: self = .exited(code: UInt8(truncatingIfNeeded: status))
    case .killed: self.init(rawValue: status & 0x7f)
    case .dumped: self.init(rawValue: status & 0x7f | 0x80)
    case .trapped, .stopped: self.init(rawValue: status << 8 | 0x7f)
    case .continued: self = .continued
    default: return nil
    }
  }

  /// Why a parent is notified of its child: `si_code` of SIGCHLD and of waitid(2), `CLD_*`.
  package struct ChildCode: RawRepresentable, Hashable, Sendable {
    /// The code.
    package var rawValue: Int32
    /// Wraps a code.
    package init(rawValue: Int32) { self.rawValue = rawValue }
    /// `CLD_EXITED`.
    package static let exited = ChildCode(rawValue: 1)
    /// `CLD_KILLED`.
    package static let killed = ChildCode(rawValue: 2)
    /// `CLD_DUMPED`.
    package static let dumped = ChildCode(rawValue: 3)
    /// `CLD_TRAPPED`.
    package static let trapped = ChildCode(rawValue: 4)
    /// `CLD_STOPPED`.
    package static let stopped = ChildCode(rawValue: 5)
    /// `CLD_CONTINUED`.
    package static let continued = ChildCode(rawValue: 6)
  }

  /// Whether the task is in a ptrace-stop after this status.
  package var isStop: Bool {
    switch self {
    case .stopped, .syscallStop, .event: true
    case .exited, .killed, .continued, .unrecognized: false
    }
  }

  /// Whether it is the stop of an execve: `PTRACE_EVENT_EXEC`.
  package var isExec: Bool {
    if case .event(.exec, _) = self { true } else { false }
  }

  /// Whether the task has ended with this status.
  package var isEnd: Bool { ending != nil }

  /// How the task ended, if it did.
  package var ending: Ending? {
    switch self {
    case .exited(let code): .exited(code: code)
    case .killed(let signal, let dumpedCore): .killed(signal, dumpedCore: dumpedCore)
    case .stopped, .syscallStop, .event, .continued, .unrecognized: nil
    }
  }
}

/// A `PTRACE_EVENT_*` number as a wait status carries it; see ptrace(2).
package struct PtraceEvent: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
  /// The number.
  package var rawValue: UInt8

  /// Wraps a number.
  package init(rawValue: UInt8) { self.rawValue = rawValue }

  /// `PTRACE_EVENT_FORK`.
  package static let fork = PtraceEvent(rawValue: 1)
  /// `PTRACE_EVENT_VFORK`.
  package static let vfork = PtraceEvent(rawValue: 2)
  /// `PTRACE_EVENT_CLONE`.
  package static let clone = PtraceEvent(rawValue: 3)
  /// `PTRACE_EVENT_EXEC`.
  package static let exec = PtraceEvent(rawValue: 4)
  /// `PTRACE_EVENT_VFORK_DONE`.
  package static let vforkDone = PtraceEvent(rawValue: 5)
  /// `PTRACE_EVENT_EXIT`.
  package static let exit = PtraceEvent(rawValue: 6)
  /// `PTRACE_EVENT_SECCOMP`.
  package static let seccomp = PtraceEvent(rawValue: 7)
  /// `PTRACE_EVENT_STOP`: interrupt-stop, group-stop of a seized task, or the notice of a SIGCONT.
  package static let stop = PtraceEvent(rawValue: 128)

  /// The word that ptrace(2) uses, in lower case.
  package var description: String {
    switch self {
    case .fork: "fork"
    case .vfork: "vfork"
    case .clone: "clone"
    case .exec: "exec"
    case .vforkDone: "vfork-done"
    case .exit: "exit"
    case .seccomp: "seccomp"
    case .stop: "stop"
    default: "event \(rawValue)"
    }
  }
}
