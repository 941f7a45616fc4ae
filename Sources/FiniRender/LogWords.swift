internal import FiniModel

/// The text for what a line of a tracer's log says.
enum LogWords {
  static func words(for record: LogRecord) -> String {
    let fact = record.fact
    switch fact {
    case .text: return record.severity == .other ? "line \(record.line)" : record.severity.name
    case .seizeRefused(let error), .detachRefused(let error), .seccompNotSuspended(let error),
      .connectRefused(let error), .floatingPointRefused(let error):
      return words(fact) + (error.map { ": \($0)" } ?? "")
    case .cannotBeSeized(let state):
      return words(fact) + ": state \(Escaped(bytes: [state]))"
    case .stopNotSupported(let signal), .stoppedUnexpectedly(let signal),
      .killedUnexpectedly(let signal), .stoppedWith(let signal), .killedWith(let signal),
      .parasiteCrashed(let signal):
      return words(fact) + ": \(signal)"
    case .stopBySignal(let signal, let code):
      return words(fact) + ": \(signal) \(SignalCode(rawValue: code).name(for: signal))"
    case .childReported(let status, let code): return words(fact) + ": code \(code), \(status)"
    case .unexpectedState(let status), .breakpointsBroken(let status):
      return words(fact) + ": \(Hex.word(UInt64(status)))"
    case .exitedWith(let code): return words(fact) + ": \(code)"
    case .willExecute(let number, let required):
      // Which machine's numbers these are the awaited one tells: it is a sigreturn.
      if Machine.x86_64.isSigreturn(required) {
        return
          "will execute \(SyscallNames.name(number)), awaited is \(SyscallNames.name(required))"
      }
      let machine = Machine.all(whoseSigreturnIs: required).first
      let name = machine?.syscallName(number) ?? "call \(number)"
      return
        "will execute \(name), awaited is \(machine?.syscallName(required) ?? "call \(required)")"
    case .commandSent(let command), .commandAcknowledged(let command), .commandTaken(let command):
      return words(fact) + " \(command)"
    case .leaving(let stackPointer, let counter):
      return words(fact) + ": sp \(stackPointer), ip \(counter)"
    case .syscallAt(let address): return words(fact) + " \(address)"
    case .remoteCallFailed(let result): return words(fact) + ": \(result)"
    case .tracerVersion(let major, let minor): return "version \(major).\(minor)"
    default: return words(fact)
    }
  }

  private static func words(_ fact: LogFact) -> String {
    fact.name.replacing("-", with: " ")
  }
}
