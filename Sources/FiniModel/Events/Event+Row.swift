extension Event {
  /// The general registers that the event carries beside its row, if any.
  package var registers: Registers? {
    switch payload {
    case .request(let call):
      if case .registers(let registers) = call.detail { return registers }
      return nil
    case .sigreturn(let record): return record.registers
    default: return nil
    }
  }

  /// The general registers that are kept beside the row: all of them, or those that were seen.
  package var keptRegisters: Registers? {
    if case .sigreturn(let record) = payload { return record.registers }
    guard case .request(let call) = payload else { return nil }
    return call.knownRegisters?.registers
  }

  /// Rebuilds an event from its row. Works for every kind that this version knows.
  ///
  /// - Parameter registers: what was kept beside the row, for an event that has registers.
  /// - Returns: `nil` if the row's kind is unknown here (a newer file, or garbage).
  package init?(_ row: EventRow, registers: Registers? = nil) {
    guard let kind = EventKind(rawValue: row.kind), let source = Source(rawValue: row.source),
      let payload = Payload(row, kind: kind, registers: registers)
    else { return nil }
    self.init(
      sequence: row.sequence, source: source, entered: Instant(rawValue: row.entered),
      left: Instant(rawValue: row.left), tracer: TaskID(row.tracer), tracee: TaskID(row.tracee),
      payload: payload,
      hasOwnTime:
        !(kind.isLine && row.present.contains(.status)
        && row.status == EventRow.withoutTime))
  }
}

extension Event.Payload {
  fileprivate init?(_ row: EventRow, kind: EventKind, registers: Registers?) {
    switch kind {
    case _ where kind.isRequest:
      self = .request(RequestCall(row, registers: registers))
    case .wait:
      self = .wait(
        WaitCall(
          target: TaskID(Int32(truncatingIfNeeded: row.address)),
          options: UInt32(truncatingIfNeeded: row.data), result: row.result,
          status: row.present.contains(.status) ? row.status : nil))
    case .stop:
      self = .stop(
        StopRecord(
          status: row.status, stopClass: StopClass(code: row.stopClass), info: row.signalInfo,
          programCounter: row.present.contains(.programCounter)
            ? RemoteAddress(row.programCounter) : nil,
          syscall: row.present.contains(.data)
            ? CallNumber(row.data, by: SystemCallABI(rawValue: row.detail)) : nil,
          sets: row.sets))
    case .signal:
      guard let fate = SignalRecord.Fate(rawValue: row.detail), let info = row.signalInfo else {
        return nil
      }
      self = .signal(
        SignalRecord(
          fate: fate, info: info,
          toProcess: row.present.contains(.result) ? row.result != 0 : nil))
    case .exit:
      self = .ended(.exited(code: UInt8(truncatingIfNeeded: row.result)))
    case .killed:
      self = .ended(.killed(Signal(rawValue: row.signal), dumpedCore: row.result != 0))
    case .rpc:
      guard let command = RPCRecord.Command(rawValue: UInt8(truncatingIfNeeded: row.request)),
        let direction = RPCRecord.Direction(rawValue: row.detail)
      else { return nil }
      self = .rpc(
        RPCRecord(
          command: command, direction: direction, result: row.result, value: row.value,
          misc: ParasiteMisc(row)))
    case .sigreturn:
      guard let passage = SigreturnRecord.Passage(rawValue: row.detail), let registers else {
        return nil
      }
      self = .sigreturn(SigreturnRecord(passage: passage, registers: registers))
    case .phase:
      guard let phase = Phase(rawValue: row.detail) else { return nil }
      self = .phase(phase)
    case .snapshot:
      self = .snapshot(Snapshot(row))
    case .missed:
      guard let awaited = Missed.Awaited(rawValue: row.detail) else { return nil }
      self = .missed(Missed(awaited: awaited, waited: row.value))
    case .fallback:
      guard let from = FiniStrategy(rawValue: UInt8(truncatingIfNeeded: row.request)),
        let to = FiniStrategy(rawValue: UInt8(truncatingIfNeeded: row.data)),
        let reason = Fallback.Reason(rawValue: row.detail)
      else { return nil }
      self = .fallback(Fallback(from: from, to: to, reason: reason))
    case .putBack:
      guard let item = PutBack.Item(rawValue: row.detail) else { return nil }
      self = .putBack(
        PutBack(
          item: item, result: row.result, differing: UInt32(truncatingIfNeeded: row.value),
          mended: XSaveComponents(rawValue: row.extra)))
    case .sequenceAbort:
      self = .sequenceAbort(
        SequenceAbort(
          programCounter: RemoteAddress(row.programCounter),
          sequence: RestartableSequence(
            start: RemoteAddress(row.value), byteCount: row.extra,
            abort: RemoteAddress(row.address))))
    case .memory:
      guard let way = MemoryAccess.Way(rawValue: row.detail),
        row.data <= UInt64(MemoryAccess.mostBytes)
      else { return nil }
      self = .memory(
        MemoryAccess(
          way, at: RemoteAddress(row.address), byteCount: UInt8(row.data), bytes: row.value,
          error: Errno(result: row.result)))
    case .gap:
      self = .gap(lost: row.value)
    case .log:
      self = .log(
        LogRecord(
          line: UInt32(truncatingIfNeeded: row.data),
          severity: LogRecord.Severity(rawValue: UInt8(truncatingIfNeeded: row.result)) ?? .other,
          fact: LogFact(
            code: row.detail, Int64(bitPattern: row.value), Int64(bitPattern: row.extra))))
    case .unparsed:
      self = .unparsed(line: UInt32(truncatingIfNeeded: row.data))
    default:
      return nil
    }
  }
}

extension RequestCall {
  fileprivate init(_ row: EventRow, registers: Registers?) {
    self.init(
      request: PtraceRequest(rawValue: row.request), address: row.address, data: row.data,
      result: row.result)
    guard row.present.contains(.detail), let tag = DetailTag(rawValue: row.detail) else { return }
    switch tag {
    case .registers:
      if let registers { detail = .registers(registers) }
    case .extendedState:
      detail = .extendedState(
        byteCount: row.extra, digest: row.present.contains(.value) ? row.value : nil)
    case .signalSet:
      detail = .signalSet(SignalSet(rawValue: row.value))
    case .signalInfo:
      if let info = row.signalInfo { detail = .signalInfo(info) }
    case .syscall:
      let operation = SyscallInfo.Operation(rawValue: row.stopClass)
      let hasValue = row.present.contains(.value)
      detail = .syscall(
        SyscallInfo(
          operation: operation,
          abi: row.present.contains(.status) ? SystemCallABI(auditArchitecture: row.status) : nil,
          number: hasValue && operation != .exit ? row.value : nil,
          result: hasValue && operation == .exit ? Int64(bitPattern: row.value) : nil,
          instructionPointer: RemoteAddress(row.programCounter),
          stackPointer: RemoteAddress(row.extra)))
    case .sequenceArea:
      detail = .sequenceArea(
        SequenceArea(
          address: RemoteAddress(row.value), byteCount: UInt32(truncatingIfNeeded: row.extra),
          signature: UInt32(row.extra >> 32)))
    case .someRegisters:
      detail = .someRegisters(
        KnownRegisters(
          registers ?? Registers(),
          known: registers == nil ? 0 : UInt32(truncatingIfNeeded: row.extra)))
    case .notSeen:
      detail = .notSeen
    }
  }
}

extension ParasiteMisc {
  fileprivate init?(_ row: EventRow) {
    guard let sets = row.sets else { return nil }
    self.init(
      process: TaskID(Int32(truncatingIfNeeded: row.address)),
      task: TaskID(Int32(truncatingIfNeeded: row.data)), brk: RemoteAddress(row.value),
      umask: UInt32(truncatingIfNeeded: row.extra), blocked: sets.blocked, pending: sets.pending)
  }
}

extension Snapshot {
  fileprivate init(_ row: EventRow) {
    self.init(
      state: UInt8(truncatingIfNeeded: row.status),
      programCounter: row.present.contains(.programCounter)
        ? RemoteAddress(row.programCounter) : nil,
      dr0: row.present.contains(.address) ? row.address : nil,
      dr6: row.present.contains(.data) ? row.data : nil,
      dr7: row.present.contains(.value) ? row.value : nil, sets: row.sets,
      syscall: row.present.contains(.result) ? UInt64(bitPattern: row.result) : nil,
      caught: row.present.contains(.extra) ? SignalSet(rawValue: row.extra) : nil)
  }
}

extension EventRow {
  fileprivate var signalInfo: SignalInfo? {
    guard present.contains(.signal) else { return nil }
    return SignalInfo(
      signal: Signal(rawValue: signal), code: SignalCode(rawValue: code),
      sender: present.contains(.sender) ? TaskID(sender) : nil,
      senderUser: present.contains(.sender) ? senderUser : nil,
      address: present.contains(.extra) ? RemoteAddress(extra) : nil,
      value: present.contains(.value) ? value : nil)
  }

  fileprivate var sets: SignalSets? {
    guard present.contains(.sets) else { return nil }
    return SignalSets(
      pending: SignalSet(rawValue: pending), sharedPending: SignalSet(rawValue: sharedPending),
      blocked: SignalSet(rawValue: blocked))
  }
}
