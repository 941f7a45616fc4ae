/// An event as one flat row of fixed size: the journal and the file keep it in this form.
///
/// Every column but the first few is optional; ``present`` says which ones are there. ``init(_:)``
/// and schema/ fix what a column means for a kind of event. That never changes.
@usableFromInline
package struct EventRow: BitwiseCopyable, Hashable, Sendable {
  /// The optional columns.
  @usableFromInline
  package struct Columns: OptionSet, BitwiseCopyable, Hashable, Sendable {
    /// The bits.
    @usableFromInline package var rawValue: UInt32
    /// Wraps bits.
    @inlinable
    package init(rawValue: UInt32) { self.rawValue = rawValue }
    /// A literal, without the generic calls of `SetAlgebra`: they take 50 us the first time, which
    /// may be while a task is stopped.
    @usableFromInline
    package init(arrayLiteral elements: Columns...) {
      rawValue = elements.reduce(0) { $0 | $1.rawValue }
    }

    /// Whether all of these are there. That of `SetAlgebra` is a call of a generic function in other modules, for
    /// each column of each row.
    @inlinable
    package func contains(_ others: Columns) -> Bool {
      rawValue & others.rawValue == others.rawValue
    }

    /// ``EventRow/request``.
    package static let request = Columns(rawValue: 1 << 0)
    /// ``EventRow/address``.
    package static let address = Columns(rawValue: 1 << 1)
    /// ``EventRow/data``.
    package static let data = Columns(rawValue: 1 << 2)
    /// ``EventRow/result``.
    package static let result = Columns(rawValue: 1 << 3)
    /// ``EventRow/status``.
    package static let status = Columns(rawValue: 1 << 4)
    /// ``EventRow/stopClass``.
    package static let stopClass = Columns(rawValue: 1 << 5)
    /// ``EventRow/signal`` with ``EventRow/code``.
    package static let signal = Columns(rawValue: 1 << 6)
    /// ``EventRow/programCounter``.
    package static let programCounter = Columns(rawValue: 1 << 7)
    /// ``EventRow/sender`` with ``EventRow/senderUser``.
    package static let sender = Columns(rawValue: 1 << 8)
    /// ``EventRow/pending``, ``EventRow/sharedPending``, ``EventRow/blocked``.
    package static let sets = Columns(rawValue: 1 << 9)
    /// ``EventRow/detail``.
    package static let detail = Columns(rawValue: 1 << 10)
    /// ``EventRow/value``.
    package static let value = Columns(rawValue: 1 << 11)
    /// ``EventRow/extra``.
    package static let extra = Columns(rawValue: 1 << 12)
  }

  /// Which optional columns are there.
  package var present: Columns = []
  /// Place in the run.
  package var sequence: UInt32 = 0
  /// ``EventKind``.
  package var kind: UInt8 = 0
  /// ``Source``.
  package var source: UInt8 = 0
  /// ``StopClass/code``.
  package var stopClass: UInt8 = 0
  /// A small number whose meaning depends on the kind: fate, direction, phase, item, reason.
  package var detail: UInt8 = 0
  /// The tracer's tid.
  package var tracer: Int32 = 0
  /// The tracee's tid.
  package var tracee: Int32 = 0
  /// Monotonic ns at entry.
  package var entered: UInt64 = 0
  /// Monotonic ns at exit.
  package var left: UInt64 = 0
  /// The ptrace request; for an rpc its command; for a fallback the strategy asked for.
  package var request: Int64 = 0
  /// The request's address; for a wait the task waited for; for a snapshot DR0; for an aborted
  /// sequence its handler.
  package var address: UInt64 = 0
  /// The request's data; for a wait its options; for a stop the system call; for a snapshot DR6.
  package var data: UInt64 = 0
  /// The raw result, negative for an error.
  package var result: Int64 = 0
  /// The wait status; for a snapshot the letter of the state.
  package var status: UInt32 = 0
  /// The signal's number.
  package var signal: Int32 = 0
  /// `si_code`.
  package var code: Int32 = 0
  /// `si_pid`.
  package var sender: Int32 = 0
  /// `si_uid`.
  package var senderUser: UInt32 = 0
  /// The program counter of the task.
  package var programCounter: UInt64 = 0
  /// `SigPnd`.
  package var pending: UInt64 = 0
  /// `ShdPnd`.
  package var sharedPending: UInt64 = 0
  /// `SigBlk`.
  package var blocked: UInt64 = 0
  /// A word whose meaning depends on the kind: mask, digest, `si_value`, an answer, a count, DR7,
  /// the address of a restartable sequence or of its area.
  package var value: UInt64 = 0
  /// A second one: `si_addr`, a size in bytes, a stack pointer; for the area of restartable
  /// sequences its size and, 32 bits further up, their signature.
  package var extra: UInt64 = 0

  /// An empty row.
  package init() {}
}

/// The kinds of ``RequestCall/Detail`` as ``EventRow/detail`` numbers them.
enum DetailTag: UInt8 {
  case registers = 1
  case extendedState = 2
  case signalSet = 3
  case signalInfo = 4
  case syscall = 5
  case sequenceArea = 6
  case someRegisters = 7
  case notSeen = 8
}

extension EventRow {
  /// Whether general registers are kept beside the row.
  package var hasRegisters: Bool {
    if kind == EventKind.sigreturn.rawValue { return true }
    guard let event = EventKind(rawValue: kind), event.isRequest, present.contains(.detail)
    else { return false }
    return [DetailTag.registers.rawValue, DetailTag.someRegisters.rawValue].contains(detail)
  }

  /// In the column of a status, for a line of a log: it has no time of its own.
  static let withoutTime: UInt32 = 1

  /// Flattens an event. General registers do not fit into a row: see ``Event/registers``.
  package init(_ event: Event) {
    sequence = event.sequence
    kind = event.kind.rawValue
    source = event.source.rawValue
    tracer = event.tracer.rawValue
    tracee = event.tracee.rawValue
    entered = event.entered.rawValue
    left = event.left.rawValue
    switch event.payload {
    case .request(let call): put(call)
    case .wait(let call): put(call)
    case .stop(let record): put(record)
    case .signal(let record):
      put(detail: record.fate.rawValue)
      put(record.info)
      if let toProcess = record.toProcess { put(result: toProcess ? 1 : 0) }
    case .ended(.exited(let code)):
      put(result: Int64(code))
    case .ended(.killed(let signal, let dumpedCore)):
      present.insert(.signal)
      self.signal = signal.rawValue
      put(result: dumpedCore ? 1 : 0)
    case .rpc(let record):
      put(request: Int64(record.command.rawValue))
      put(detail: record.direction.rawValue)
      put(result: record.result)
      if record.value != 0 { put(value: record.value) }
      if let misc = record.misc { put(misc) }
    case .sigreturn(let record):
      put(detail: record.passage.rawValue)
      put(programCounter: record.registers.programCounter.rawValue)
    case .phase(let phase):
      put(detail: phase.rawValue)
    case .snapshot(let snapshot): put(snapshot)
    case .missed(let missed):
      put(detail: missed.awaited.rawValue)
      put(value: missed.waited)
    case .fallback(let fallback):
      put(detail: fallback.reason.rawValue)
      put(request: Int64(fallback.from.rawValue))
      put(data: UInt64(fallback.to.rawValue))
    case .putBack(let item):
      put(detail: item.item.rawValue)
      put(result: item.result)
      if item.differing != 0 { put(value: UInt64(item.differing)) }
      if !item.mended.isEmpty { put(extra: item.mended.rawValue) }
    case .sequenceAbort(let abort):
      put(programCounter: abort.programCounter.rawValue)
      put(address: abort.sequence.abort.rawValue)
      put(value: abort.sequence.start.rawValue)
      put(extra: abort.sequence.byteCount)
    case .memory(let access):
      put(detail: access.way.rawValue)
      put(address: access.address.rawValue)
      put(data: UInt64(access.byteCount))
      put(value: access.bytes)
      if let error = access.error { put(result: -Int64(error.rawValue)) }
    case .gap(let lost):
      put(value: lost)
    case .log(let record): put(record)
    case .unparsed(let line):
      put(data: UInt64(line))
    }
    // Lines of logs alone have none, and the column is free there.
    if !event.hasOwnTime, event.kind.isLine { put(status: EventRow.withoutTime) }
  }

  private mutating func put(_ call: RequestCall) {
    put(request: call.request.rawValue)
    if call.address != 0 { put(address: call.address) }
    if call.data != 0 { put(data: call.data) }
    put(result: call.result)
    switch call.detail {
    case .none: break
    case .registers(let registers):
      put(tag: .registers)
      put(programCounter: registers.programCounter.rawValue)
    case .extendedState(let byteCount, let digest):
      put(tag: .extendedState)
      if let digest { put(value: digest) }
      put(extra: byteCount)
    case .signalSet(let set):
      put(tag: .signalSet)
      put(value: set.rawValue)
    case .signalInfo(let info):
      put(tag: .signalInfo)
      put(info)
    case .syscall(let info):
      put(tag: .syscall)
      present.insert(.stopClass)
      stopClass = info.operation?.rawValue ?? 0xff
      if let abi = info.abi { put(status: abi.auditArchitecture) }
      if let number = info.number { put(value: number) }
      if let result = info.result { put(value: UInt64(bitPattern: result)) }
      put(programCounter: info.instructionPointer.rawValue)
      put(extra: info.stackPointer.rawValue)
    case .sequenceArea(let area):
      put(tag: .sequenceArea)
      put(value: area.address.rawValue)
      put(extra: UInt64(area.byteCount) | UInt64(area.signature) << 32)
    case .someRegisters(let known):
      put(tag: .someRegisters)
      put(extra: UInt64(known.known))
      if let counter = known.programCounter { put(programCounter: counter.rawValue) }
    case .notSeen:
      put(tag: .notSeen)
    }
  }

  private mutating func put(_ record: LogRecord) {
    put(data: UInt64(record.line))
    put(result: Int64(record.severity.rawValue))
    put(detail: record.fact.code)
    let (first, second) = record.fact.words
    put(value: UInt64(bitPattern: first))
    put(extra: UInt64(bitPattern: second))
  }

  private mutating func put(_ call: WaitCall) {
    put(address: UInt64(bitPattern: Int64(call.target.rawValue)))
    put(data: UInt64(call.options))
    put(result: call.result)
    if let status = call.status { put(status: status) }
  }

  private mutating func put(_ record: StopRecord) {
    put(status: record.status)
    present.insert(.stopClass)
    stopClass = record.stopClass.code
    if let info = record.info { put(info) }
    if let programCounter = record.programCounter { put(programCounter: programCounter.rawValue) }
    if let syscall = record.syscall {
      put(data: syscall.number)
      if let abi = syscall.abi { put(detail: abi.rawValue) }
    }
    if let sets = record.sets { put(sets) }
  }

  private mutating func put(_ misc: ParasiteMisc) {
    put(address: UInt64(UInt32(bitPattern: misc.process.rawValue)))
    put(data: UInt64(UInt32(bitPattern: misc.task.rawValue)))
    put(value: misc.brk.rawValue)
    put(extra: UInt64(misc.umask))
    put(SignalSets(pending: misc.pending, sharedPending: .empty, blocked: misc.blocked))
  }

  private mutating func put(_ snapshot: Snapshot) {
    put(status: UInt32(snapshot.state))
    if let programCounter = snapshot.programCounter {
      put(programCounter: programCounter.rawValue)
    }
    if let dr0 = snapshot.dr0 { put(address: dr0) }
    if let dr6 = snapshot.dr6 { put(data: dr6) }
    if let dr7 = snapshot.dr7 { put(value: dr7) }
    if let sets = snapshot.sets { put(sets) }
    if let syscall = snapshot.syscall { put(result: Int64(bitPattern: syscall)) }
    if let caught = snapshot.caught { put(extra: caught.rawValue) }
  }

  private mutating func put(_ info: SignalInfo) {
    present.insert(.signal)
    signal = info.signal.rawValue
    code = info.code.rawValue
    if let sender = info.sender {
      present.insert(.sender)
      self.sender = sender.rawValue
      senderUser = info.senderUser ?? 0
    }
    if let address = info.address { put(extra: address.rawValue) }
    if let value = info.value { put(value: value) }
  }

  private mutating func put(_ sets: SignalSets) {
    present.insert(.sets)
    pending = sets.pending.rawValue
    sharedPending = sets.sharedPending.rawValue
    blocked = sets.blocked.rawValue
  }

  private mutating func put(request: Int64) {
    present.insert(.request)
    self.request = request
  }
  private mutating func put(address: UInt64) {
    present.insert(.address)
    self.address = address
  }
  private mutating func put(data: UInt64) {
    present.insert(.data)
    self.data = data
  }
  private mutating func put(result: Int64) {
    present.insert(.result)
    self.result = result
  }
  private mutating func put(status: UInt32) {
    present.insert(.status)
    self.status = status
  }
  private mutating func put(programCounter: UInt64) {
    present.insert(.programCounter)
    self.programCounter = programCounter
  }
  private mutating func put(value: UInt64) {
    present.insert(.value)
    self.value = value
  }
  private mutating func put(extra: UInt64) {
    present.insert(.extra)
    self.extra = extra
  }
  private mutating func put(tag: DetailTag) { put(detail: tag.rawValue) }
  private mutating func put(detail: UInt8) {
    present.insert(.detail)
    self.detail = detail
  }
}
