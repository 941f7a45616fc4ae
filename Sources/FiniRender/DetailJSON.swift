internal import FiniModel

/// The parts that several kinds of events share, as JSON.
enum DetailJSON {
  static func object(for info: SignalInfo) -> JSONObject {
    var object = JSONObject()
    object.put("signal", info.signal.rawValue)
    object.put("signal_name", info.signal.description)
    object.put("code", info.code == .unknown ? nil : info.code.rawValue)
    object.put("code_name", info.code.name(for: info.signal))
    object.put("sender", info.sender?.rawValue)
    object.put("sender_uid", info.senderUser)
    object.put("address", word: info.address?.rawValue)
    object.put("value", word: info.value)
    return object
  }

  static func object(for sets: SignalSets) -> JSONObject {
    var object = JSONObject()
    object.put("pending", word: sets.pending.rawValue)
    object.put("shared_pending", word: sets.sharedPending.rawValue)
    object.put("blocked", word: sets.blocked.rawValue)
    return object
  }

  static func object(for misc: ParasiteMisc) -> JSONObject {
    var object = JSONObject()
    object.put("process", misc.process.rawValue)
    object.put("task", misc.task.rawValue)
    object.put("brk", word: misc.brk.rawValue)
    object.put("umask", misc.umask)
    object.put("blocked", word: misc.blocked.rawValue)
    object.put("pending", word: misc.pending.rawValue)
    return object
  }

  static func object(for registers: Registers) -> JSONObject {
    var object = JSONObject()
    for name in Registers.Name.allCases { object.put(name.text, word: registers[name]) }
    return object
  }

  static func object(for area: SequenceArea) -> JSONObject {
    var object = JSONObject()
    object.put("area", word: area.address.rawValue)
    object.put("bytes", area.byteCount)
    object.put("signature", word: UInt64(area.signature))
    return object
  }

  /// A register that was not seen is left out.
  static func object(for known: KnownRegisters) -> JSONObject {
    var object = JSONObject()
    for name in Registers.Name.allCases { object.put(name.text, word: known[name]) }
    return object
  }

  static func object(for info: SyscallInfo) -> JSONObject {
    var object = JSONObject()
    switch info.operation {
    case .some(.none): object.put("operation", "none")
    case .entry: object.put("operation", "entry")
    case .exit: object.put("operation", "exit")
    case .seccomp: object.put("operation", "seccomp")
    case nil: object.put("operation", "unknown")
    }
    object.put("abi", info.abi?.name)
    object.put("number", info.number)
    object.put("result", info.result)
    object.put("ip", word: info.instructionPointer.rawValue)
    object.put("sp", word: info.stackPointer.rawValue)
    return object
  }
}
