internal import FiniModel

/// Words for a ptrace request: what was asked and how it failed.
struct RequestWords {
  let addresses: AddressNames

  /// Names an address, so that words for requests need no timeline.
  typealias AddressNames = (RemoteAddress) -> String

  func words(for call: RequestCall) -> String {
    let words = success(call)
    if let error = call.error { return "\(words) = \(error)" }
    return call.result < 0 ? "\(words) = \(call.result)" : words
  }

  private func success(_ call: RequestCall) -> String {
    let name = call.request.kind.name
    switch call.request.kind {
    case .poke: return "poke " + poked(call)
    case .peek: return "peek " + peeked(call)
    case .registersRead: return registers("read", call)
    case .registersWritten: return registers("written", call)
    case .signalMaskRead, .signalMaskSet:
      let verb = call.request.kind == .signalMaskRead ? "read" : "set"
      guard case .signalSet(let set) = call.detail else { return "sigmask \(verb)" }
      return "sigmask \(verb) \(set)"
    case .signalInfoRead, .signalInfoWritten:
      guard case .signalInfo(let info) = call.detail else { return name }
      return "\(name) \(info.signal) \(info.code.name(for: info.signal))"
    case .syscallInfo:
      guard case .syscall(let info) = call.detail else { return name }
      return "\(name) \(words(for: info))"
    case .cont, .syscall, .step, .detach:
      guard call.data != 0 else { return name }
      return "\(name) with \(Signal(rawValue: Int32(truncatingIfNeeded: call.data)))"
    case .options: return "options = \(Hex.word(call.data))"
    case .request:
      guard case .sequenceArea(let area) = call.detail else { return "\(call.request)" }
      return "rseq area " + (area.address.rawValue == 0 ? "none" : addresses(area.address))
    default: return name
    }
  }

  private func poked(_ call: RequestCall) -> String {
    switch call.debugRegisterWrite {
    case .control(let control)?:
      return "DR7 = \(short(control.rawValue))\(control.isArmed ? " (armed)" : "")"
    case .status(let value)?:
      return "DR6 = \(short(value))"
    case .address(let slot, let address)?:
      return "DR\(slot) = \(address.rawValue == 0 ? "0" : addresses(address))"
    case nil where call.request == .pokeUser:
      return "user+\(Hex.word(call.address)) = \(Hex.word(call.data))"
    case nil:
      return "\(addresses(RemoteAddress(call.address))) = \(Hex.word(call.data))"
    }
  }

  private func peeked(_ call: RequestCall) -> String {
    let value = call.error == nil ? " = \(short(call.data))" : ""
    guard call.request == .peekUser else {
      return addresses(RemoteAddress(call.address)) + value
    }
    if let number = DebugRegister.number(at: call.address) { return "DR\(number)" + value }
    return "user+\(Hex.word(call.address))" + value
  }

  private func registers(_ verb: String, _ call: RequestCall) -> String {
    switch call.detail {
    case .registers(let registers):
      return "registers \(verb) rip=\(addresses(registers.programCounter))"
    case .someRegisters(let known):
      guard let counter = known.programCounter else { return "registers \(verb), not shown" }
      return "registers \(verb) rip=\(addresses(counter))"
    case .notSeen:
      return "registers \(verb), not shown"
    case .extendedState(let byteCount, _):
      return "extended state \(verb), \(byteCount) bytes"
    default:
      return "registers \(verb)"
    }
  }

  private func words(for info: SyscallInfo) -> String {
    switch info.operation {
    case .entry: "entry \(info.number.map { SyscallNames.name($0, by: info.abi) } ?? "?")"
    case .exit: "exit \(info.result.map { "\($0)" } ?? "?")"
    case .seccomp: "seccomp"
    case .some(.none): "none"
    case nil: "unknown"
    }
  }

  /// Small numbers read better without a prefix.
  private func short(_ value: UInt64) -> String { value < 10 ? "\(value)" : Hex.word(value) }
}
