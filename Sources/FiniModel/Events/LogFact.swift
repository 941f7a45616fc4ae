/// What a line of a tracer's own log says; the codes are part of the schema.
///
/// The task that it is about is the event's tracee. The rules use these values, never the text.
package enum LogFact: Hashable, Sendable {
  /// Nothing that a rule can use.
  case text
  /// `PTRACE_SEIZE` was refused.
  case seizeRefused(error: Errno?)
  /// The task could not be seized and is no zombie; the letter is its state.
  case cannotBeSeized(state: UInt8)
  /// The tracer is among the tasks that it was to trace.
  case isOurselves
  /// The wait after the seize reported no stop.
  case notStopped
  /// A SIGTRAP is pending, and the tracer refuses the task.
  case trapPending
  /// A stop by a signal that the tracer does not support.
  case stopNotSupported(signal: Signal)
  /// `PTRACE_DETACH` was refused.
  case detachRefused(error: Errno?)
  /// Seccomp could not be suspended.
  case seccompNotSuspended(error: Errno?)
  /// An injected call stopped by a signal instead of its end: signal and `si_code`.
  case stopBySignal(signal: Signal, code: Int32)
  /// An injected call did not end as planned.
  case interrupted
  /// The tracee's text could not be changed, or not changed back.
  case notInjected
  /// The parasite's process sent a SIGCHLD: `si_status` and `si_code`.
  case childReported(status: Int32, code: Int32)
  /// The tracee was stopped while the parasite served.
  case stoppedUnexpectedly(signal: Signal)
  /// The tracee was killed while the parasite served.
  case killedUnexpectedly(signal: Signal)
  /// The parasite could not connect to the tracer.
  case connectRefused(error: Errno?)
  /// A wait reported another task than the awaited one.
  case waitMismatch
  /// A wait reported no stop where the tracer needs one.
  case stillRuns
  /// The tracee was interrupted outside of the parasite.
  case outsideOfBlob
  /// A debug register could not be written.
  case breakpointRefused
  /// A stop in fini that was no SIGTRAP: the status word.
  case unexpectedState(status: UInt32)
  /// The signal of that stop.
  case stoppedWith(signal: Signal)
  /// The signal that ended the tracee in fini.
  case killedWith(signal: Signal)
  /// The status with which the tracee exited in fini.
  case exitedWith(code: Int32)
  /// A syscall-entry in fini: the call, and the one that is waited for.
  case willExecute(number: UInt64, required: UInt64)
  /// The tracer uses no breakpoints.
  case breakpointsOff
  /// The tracer's own breakpoint test failed: the status word that came instead.
  case breakpointsBroken(status: UInt32)
  /// The tracee stopped with SIGTRAP in fini.
  case trapped
  /// The next stop is taken for the exit of a system call.
  case exitExpected
  /// The tracee is at the exit of the call that was waited for.
  case stoppedAtExit
  /// The tracer begins fini.
  case waitsForTrap
  /// The daemon's task is stopped by the interrupt.
  case interruptTaken
  /// A command was sent to the parasite.
  case commandSent(command: Int64)
  /// The parasite answered.
  case commandAcknowledged(command: Int64)
  /// The parasite says that it got a command.
  case commandTaken(command: Int64)
  /// The parasite says that it is about to call rt_sigreturn, and with what.
  case leaving(stackPointer: RemoteAddress, programCounter: RemoteAddress)
  /// The tracer waits for the parasite's first packet.
  case awaitsDaemon
  /// The parasite waits for commands.
  case daemonServes
  /// The address at which injected calls are made.
  case syscallAt(address: RemoteAddress)
  /// The task is seized.
  case isSeized
  /// The task is let go.
  case letGo
  /// The dump or restore succeeded.
  case finished
  /// The dump or restore failed.
  case failed
  /// A step failed because a part of it failed.
  case stepFailed
  /// The extended state could not be read or written.
  case floatingPointRefused(error: Errno?)
  /// A system call made for the tracer failed.
  case remoteCallFailed(result: Int64)
  /// The control group could not be frozen.
  case freezerFailed
  /// The version of the tracer.
  case tracerVersion(major: Int32, minor: Int32)
  /// The task is a zombie.
  case isZombie
  /// A security module denied something.
  case denied
  /// The kernel refused a signal frame.
  case frameRefused
  /// The tracer gave up after its own time limit.
  case timedOut
  /// Restore lets its tasks go through rt_sigreturn.
  case restoreBegins
  /// The restartable sequence of the task was read.
  case rseqDumped
  /// The parasite was ended by a signal.
  case parasiteCrashed(signal: Signal)
}

extension LogFact {
  /// The number in the file.
  package var code: UInt8 {
    switch self {
    case .text: 0
    case .seizeRefused: 1
    case .cannotBeSeized: 2
    case .isOurselves: 3
    case .notStopped: 4
    case .trapPending: 5
    case .stopNotSupported: 6
    case .detachRefused: 7
    case .seccompNotSuspended: 8
    case .stopBySignal: 9
    case .interrupted: 10
    case .notInjected: 11
    case .childReported: 12
    case .stoppedUnexpectedly: 13
    case .killedUnexpectedly: 14
    case .connectRefused: 15
    case .waitMismatch: 16
    case .stillRuns: 17
    case .outsideOfBlob: 18
    case .breakpointRefused: 19
    case .unexpectedState: 20
    case .stoppedWith: 21
    case .killedWith: 22
    case .exitedWith: 23
    case .willExecute: 24
    case .breakpointsOff: 25
    case .breakpointsBroken: 26
    case .trapped: 27
    case .exitExpected: 28
    case .stoppedAtExit: 29
    case .waitsForTrap: 30
    case .interruptTaken: 31
    case .commandSent: 32
    case .commandAcknowledged: 33
    case .commandTaken: 34
    case .leaving: 35
    case .awaitsDaemon: 36
    case .daemonServes: 37
    case .syscallAt: 38
    case .isSeized: 39
    case .letGo: 40
    case .finished: 41
    case .failed: 42
    case .stepFailed: 43
    case .floatingPointRefused: 44
    case .remoteCallFailed: 45
    case .freezerFailed: 46
    case .tracerVersion: 47
    case .isZombie: 48
    case .denied: 49
    case .frameRefused: 50
    case .timedOut: 51
    case .restoreBegins: 52
    case .rseqDumped: 53
    case .parasiteCrashed: 54
    }
  }

  /// Its numbers, as the file keeps them.
  var words: (Int64, Int64) {
    switch self {
    case .seizeRefused(let error): (Int64(error?.rawValue ?? 0), 0)
    case .cannotBeSeized(let state): (Int64(state), 0)
    case .stopNotSupported(let signal): (Int64(signal.rawValue), 0)
    case .detachRefused(let error): (Int64(error?.rawValue ?? 0), 0)
    case .seccompNotSuspended(let error): (Int64(error?.rawValue ?? 0), 0)
    case .stopBySignal(let signal, let code): (Int64(signal.rawValue), Int64(code))
    case .childReported(let status, let code): (Int64(status), Int64(code))
    case .stoppedUnexpectedly(let signal): (Int64(signal.rawValue), 0)
    case .killedUnexpectedly(let signal): (Int64(signal.rawValue), 0)
    case .connectRefused(let error): (Int64(error?.rawValue ?? 0), 0)
    case .unexpectedState(let status): (Int64(status), 0)
    case .stoppedWith(let signal): (Int64(signal.rawValue), 0)
    case .killedWith(let signal): (Int64(signal.rawValue), 0)
    case .exitedWith(let code): (Int64(code), 0)
    case .willExecute(let number, let required):
      (Int64(bitPattern: number), Int64(bitPattern: required))
    case .breakpointsBroken(let status): (Int64(status), 0)
    case .commandSent(let command): (command, 0)
    case .commandAcknowledged(let command): (command, 0)
    case .commandTaken(let command): (command, 0)
    case .leaving(let stackPointer, let programCounter):
      (Int64(bitPattern: stackPointer.rawValue), Int64(bitPattern: programCounter.rawValue))
    case .syscallAt(let address): (Int64(bitPattern: address.rawValue), 0)
    case .floatingPointRefused(let error): (Int64(error?.rawValue ?? 0), 0)
    case .remoteCallFailed(let result): (result, 0)
    case .tracerVersion(let major, let minor): (Int64(major), Int64(minor))
    case .parasiteCrashed(let signal): (Int64(signal.rawValue), 0)
    default: (0, 0)
    }
  }

  /// Reads what a file has; an unknown code is read as ``text``.
  init(code: UInt8, _ first: Int64, _ second: Int64) {
    switch code {
    case 1:
      self = .seizeRefused(
        error: first == 0 ? nil : Errno(rawValue: Int32(truncatingIfNeeded: first)))
    case 2: self = .cannotBeSeized(state: UInt8(truncatingIfNeeded: first))
    case 3: self = .isOurselves
    case 4: self = .notStopped
    case 5: self = .trapPending
    case 6: self = .stopNotSupported(signal: Signal(rawValue: Int32(truncatingIfNeeded: first)))
    case 7:
      self = .detachRefused(
        error: first == 0 ? nil : Errno(rawValue: Int32(truncatingIfNeeded: first)))
    case 8:
      self = .seccompNotSuspended(
        error: first == 0 ? nil : Errno(rawValue: Int32(truncatingIfNeeded: first)))
    case 9:
      self = .stopBySignal(
        signal: Signal(rawValue: Int32(truncatingIfNeeded: first)),
        code: Int32(truncatingIfNeeded: second))
    case 10: self = .interrupted
    case 11: self = .notInjected
    case 12:
      self = .childReported(
        status: Int32(truncatingIfNeeded: first), code: Int32(truncatingIfNeeded: second))
    case 13: self = .stoppedUnexpectedly(signal: Signal(rawValue: Int32(truncatingIfNeeded: first)))
    case 14: self = .killedUnexpectedly(signal: Signal(rawValue: Int32(truncatingIfNeeded: first)))
    case 15:
      self = .connectRefused(
        error: first == 0 ? nil : Errno(rawValue: Int32(truncatingIfNeeded: first)))
    case 16: self = .waitMismatch
    case 17: self = .stillRuns
    case 18: self = .outsideOfBlob
    case 19: self = .breakpointRefused
    case 20: self = .unexpectedState(status: UInt32(truncatingIfNeeded: first))
    case 21: self = .stoppedWith(signal: Signal(rawValue: Int32(truncatingIfNeeded: first)))
    case 22: self = .killedWith(signal: Signal(rawValue: Int32(truncatingIfNeeded: first)))
    case 23: self = .exitedWith(code: Int32(truncatingIfNeeded: first))
    case 24:
      self = .willExecute(number: UInt64(bitPattern: first), required: UInt64(bitPattern: second))
    case 25: self = .breakpointsOff
    case 26: self = .breakpointsBroken(status: UInt32(truncatingIfNeeded: first))
    case 27: self = .trapped
    case 28: self = .exitExpected
    case 29: self = .stoppedAtExit
    case 30: self = .waitsForTrap
    case 31: self = .interruptTaken
    case 32: self = .commandSent(command: first)
    case 33: self = .commandAcknowledged(command: first)
    case 34: self = .commandTaken(command: first)
    case 35:
      self = .leaving(
        stackPointer: RemoteAddress(UInt64(bitPattern: first)),
        programCounter: RemoteAddress(UInt64(bitPattern: second)))
    case 36: self = .awaitsDaemon
    case 37: self = .daemonServes
    case 38: self = .syscallAt(address: RemoteAddress(UInt64(bitPattern: first)))
    case 39: self = .isSeized
    case 40: self = .letGo
    case 41: self = .finished
    case 42: self = .failed
    case 43: self = .stepFailed
    case 44:
      self = .floatingPointRefused(
        error: first == 0 ? nil : Errno(rawValue: Int32(truncatingIfNeeded: first)))
    case 45: self = .remoteCallFailed(result: first)
    case 46: self = .freezerFailed
    case 47:
      self = .tracerVersion(
        major: Int32(truncatingIfNeeded: first), minor: Int32(truncatingIfNeeded: second))
    case 48: self = .isZombie
    case 49: self = .denied
    case 50: self = .frameRefused
    case 51: self = .timedOut
    case 52: self = .restoreBegins
    case 53: self = .rseqDumped
    case 54: self = .parasiteCrashed(signal: Signal(rawValue: Int32(truncatingIfNeeded: first)))
    default: self = .text
    }
  }
}
