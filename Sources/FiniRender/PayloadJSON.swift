internal import FiniModel

/// What only one kind of event has, as JSON.
enum PayloadJSON {
  static func put(_ payload: Event.Payload, into object: inout JSONObject) {
    switch payload {
    case .request(let call): put(call, into: &object)
    case .wait(let call):
      object.put("target", call.target.rawValue)
      object.put("options", word: UInt64(call.options))
      put(result: call.result, into: &object)
      object.put("status", word: call.status.map { UInt64($0) })
    case .stop(let record): put(record, into: &object)
    case .signal(let record):
      object.put("fate", record.fate.name)
      object.put("siginfo", object: DetailJSON.object(for: record.info))
      object.put("to_process", record.toProcess)
    case .ended(.exited(let code)):
      object.put("code", code)
    case .ended(.killed(let signal, let dumpedCore)):
      object.put("signal", signal.rawValue)
      object.put("signal_name", signal.description)
      object.put("core", dumpedCore)
    case .rpc(let record):
      object.put("command", record.command.name)
      object.put("direction", record.direction.name)
      put(result: record.result, into: &object)
      object.put("value", word: record.value)
      object.put("misc", object: record.misc.map { DetailJSON.object(for: $0) })
    case .sigreturn(let record):
      object.put("passage", record.passage.name)
      object.put("registers", object: DetailJSON.object(for: record.registers))
    case .phase(let phase):
      object.put("begins", phase.name)
    case .snapshot(let snapshot): put(snapshot, into: &object)
    case .missed(let missed):
      object.put("awaited", missed.awaited.name)
      object.put("waited_ns", missed.waited)
    case .fallback(let fallback):
      object.put("from", fallback.from.name)
      object.put("to", fallback.to.name)
      object.put("reason", fallback.reason.name)
    case .putBack(let item):
      object.put("item", item.item.name)
      put(result: item.result, into: &object)
      object.put("differing", item.differing)
      if !item.mended.isEmpty {
        object.put("mended", array: item.mended.names.map(JSONObject.quoted))
      }
    case .sequenceAbort(let abort):
      object.put("pc", word: abort.programCounter.rawValue)
      object.put("start", word: abort.sequence.start.rawValue)
      object.put("bytes", abort.sequence.byteCount)
      object.put("abort", word: abort.sequence.abort.rawValue)
    case .memory(let access):
      object.put("way", access.way.name)
      object.put("address", word: access.address.rawValue)
      object.put("bytes", UInt64(access.byteCount))
      object.put("value", word: access.bytes)
      if let error = access.error { object.put("error", "\(error)") }
    case .gap(let lost):
      object.put("lost", lost)
    case .log(let record):
      object.put("line", record.line)
      object.put("severity", record.severity.name)
      object.put("fact", record.fact.name)
      object.put("says", LogWords.words(for: record))
    case .unparsed(let line):
      object.put("line", line)
    }
  }

  private static func put(_ call: RequestCall, into object: inout JSONObject) {
    object.put("request", call.request.rawValue)
    object.put("request_name", call.request.description)
    object.put("address", word: call.address)
    object.put("data", word: call.data)
    put(result: call.result, into: &object)
    if call.request == .pokeUser, let number = DebugRegister.number(at: call.address) {
      object.put("debug_register", number)
      object.put("debug_value", word: call.data)
    }
    switch call.detail {
    case .none: break
    case .registers(let registers):
      object.put("registers", object: DetailJSON.object(for: registers))
    case .extendedState(let byteCount, let digest):
      var state = JSONObject()
      state.put("bytes", byteCount)
      state.put("digest", word: digest)
      object.put("extended_state", object: state)
    case .signalSet(let set):
      object.put("signal_set", word: set.rawValue)
    case .signalInfo(let info):
      object.put("siginfo", object: DetailJSON.object(for: info))
    case .syscall(let info):
      object.put("syscall", object: DetailJSON.object(for: info))
    case .someRegisters(let known):
      object.put("registers", object: DetailJSON.object(for: known))
    case .notSeen:
      object.put("not_seen", true)
    case .sequenceArea(let area):
      object.put("rseq", object: DetailJSON.object(for: area))
    }
  }

  private static func put(_ record: StopRecord, into object: inout JSONObject) {
    object.put("status", word: UInt64(record.status))
    object.put("class", record.stopClass.name)
    object.put("pc", word: record.programCounter?.rawValue)
    object.put("syscall_number", record.syscall?.number)
    object.put("syscall_abi", record.syscall?.abi?.name)
    object.put("siginfo", object: record.info.map { DetailJSON.object(for: $0) })
    object.put("signals", object: record.sets.map { DetailJSON.object(for: $0) })
  }

  private static func put(_ snapshot: Snapshot, into object: inout JSONObject) {
    object.put("state", String(decoding: [snapshot.state], as: UTF8.self))
    object.put("pc", word: snapshot.programCounter?.rawValue)
    object.put("dr0", word: snapshot.dr0)
    object.put("dr6", word: snapshot.dr6)
    object.put("dr7", word: snapshot.dr7)
    object.put("syscall_number", snapshot.syscall)
    object.put("caught", word: snapshot.caught?.rawValue)
    object.put("signals", object: snapshot.sets.map { DetailJSON.object(for: $0) })
  }

  private static func put(result: Int64, into object: inout JSONObject) {
    object.put("result", result)
    object.put("error", Errno(result: result)?.description)
  }
}
