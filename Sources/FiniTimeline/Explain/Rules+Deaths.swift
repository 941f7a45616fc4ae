internal import FiniModel
internal import FiniProof

/// Who ended a task that is traced: itself, its tracer, or somebody else.
extension Rules {
  /// The words for an end, and what proves them.
  typealias Death = (words: String, evidence: [Evidence])

  /// Why a task died: its tracer killed it, or gave it the signal, or it has a fault of its own; else where in the
  /// tracer's work it died.
  static func cause(
    of signal: Signal, _ task: TaskID, before end: Event, _ reading: CaseReading
  ) -> Death {
    if signal == .kill {
      // What the kernel was asked for last is told first.
      if let asked = killAsked(of: task, before: end, reading) {
        return (
          "was killed by its tracer, with PTRACE_KILL\(place(end, of: task, reading))",
          [Evidence(event: asked.sequence, reason: "PTRACE_KILL")]
        )
      }
      if let sent = reading.killSent(to: task, before: end) {
        return (
          "was killed by SIGKILL\(place(end, of: task, reading)), which its tracer sent",
          [Evidence(event: sent.sequence, reason: "SIGKILL sent by the tracer")]
        )
      }
    }
    if isCrash(signal), let sent = reading.account.sentNowhere {
      return (
        "died of \(signal): its tracer had sent it to \(sent.address), where nothing is mapped",
        [Evidence(event: sent.event, reason: "its registers were written")]
      )
    }
    if isCrash(signal), let bytes = reading.account.overwritten {
      let what = bytes.isBreakpoint ? " for a breakpoint of one byte" : " that it had not read"
      return (
        "died of \(signal): its tracer had overwritten \(bytes.count) bytes at \(bytes.address)\(what)",
        [Evidence(event: bytes.event, reason: "\(bytes.count) bytes written, and never put back")]
      )
    }
    if isCrash(signal), let taken = sentToError(before: end, reading) {
      return (
        "died of \(signal): its tracer took the error of \(taken.name) (\(taken.error)) for an address, and sent it there",
        taken.evidence
      )
    }
    if isCrash(signal), let stale = reading.registersOfOldProgram(of: task, before: end) {
      return (
        "died of \(signal): its tracer wrote registers into it that it had read before the task's execve",
        [
          Evidence(event: stale.read, reason: "the registers were read"),
          Evidence(event: stale.exec, reason: "execve: another program"),
          Evidence(event: stale.written, reason: "the old ones were written"),
        ]
      )
    }
    if signal == .badCall, let call = reading.injectedCall(of: task, before: end) {
      return (
        "was killed by SIGSYS at the injected system call \(call.name): most likely its seccomp filter forbids it",
        [Evidence(event: call.event, reason: "the registers of that call were written")]
      )
    }
    if isCrash(signal), let moved = movedBefore(signal, end, reading) { return moved }
    guard let last = given(signal, to: task, before: end, reading) else {
      if signal == .trap, let met = metByAnother(task, before: end, reading) { return met }
      return ("was killed by \(signal)\(place(end, of: task, reading))", [])
    }
    return passedOn(signal, last, to: task, reading)
  }

  /// It was sent elsewhere in an interrupted call, and the next that came of it was the signal.
  private static func movedBefore(
    _ signal: Signal, _ end: Event, _ reading: CaseReading
  ) -> Death? {
    guard let moved = movedInCall(reading).first, let resumed = moved.evidence.last?.event,
      !reading.events.contains(where: {
        guard $0.tracee == end.tracee, (resumed..<end.sequence).contains($0.sequence),
          case .stop(let record) = $0.payload
        else { return false }
        return record.signal != signal
      })
    else { return nil }
    return (
      "died of \(signal): it was sent to "
        + moved.sentence.dropFirst("task \(end.tracee) was sent to ".count), moved.evidence
    )
  }

  /// Children of a task that its tracer did not trace, and that the int3 in their parent's text killed: a fork copies it.
  static func childrenKilled(_ reading: CaseReading) -> [Diagnosis] {
    guard reading.source == .strace else { return [] }
    var found: [(child: TaskID, stop: Event)] = []
    for event in reading.events {
      guard case .stop(let record) = event.payload, let info = record.info,
        case .killed(.trap, _)? = info.childStatus?.ending, let child = info.sender,
        !found.contains(where: { $0.child == child }),
        found.first.map({ $0.stop.tracee == event.tracee }) ?? true,
        !reading.events.contains(where: { $0.tracee == child }),
        breakpoints(in: event.tracee, before: event, reading).standing != nil
      else { continue }
      found.append((child, event))
    }
    guard let first = found.first,
      let place = breakpoints(in: first.stop.tracee, before: first.stop, reading).standing
    else { return [] }
    let parent = first.stop.tracee
    return [
      Diagnosis(
        .killed, of: first.child,
        (found.count == 1
          ? "task \(first.child), a child of task \(parent), was"
          : "\(found.count) children of task \(parent) were")
          + " killed by SIGTRAP: untraced, with a copy of the int3 at \(place.address)",
        evidence: [Evidence(event: place.event, reason: "int3 written into task \(parent)")]
          + found.prefix(4).map {
            Evidence(
              event: $0.stop.sequence,
              reason: "SIGCHLD in task \(parent): task \($0.child) was killed by SIGTRAP")
          },
        advice: [
          "A fork copies the text with its int3s: trace the children (PTRACE_O_TRACEFORK and TRACEVFORK), or take the int3s away in them."
        ])
    ]
  }

  /// The last PTRACE_KILL of a task.
  static func killAsked(
    of task: TaskID, before end: Event, _ reading: CaseReading
  ) -> Event? {
    reading.events.last {
      guard $0.tracee == task, $0.sequence < end.sequence, case .request(let call) = $0.payload
      else { return false }
      return call.request == .kill && call.error == nil
    }
  }

  /// The request that let a task run with the signal that ended it.
  private static func given(
    _ signal: Signal, to task: TaskID, before end: Event, _ reading: CaseReading
  ) -> Event? {
    func last(of one: TaskID?, _ condition: (RequestCall) -> Bool) -> Event? {
      reading.events.last {
        guard one == nil || $0.tracee == one, $0.sequence < end.sequence,
          case .request(let call) = $0.payload, call.error == nil
        else { return false }
        return call.request.resumes && condition(call)
      }
    }
    let word = UInt64(bitPattern: Int64(signal.rawValue))
    // The last one that let it run is the one that counts, whatever its tracer did with it before.
    if let event = last(of: task, { _ in true }), case .request(let call) = event.payload,
      call.data == word
    {
      return event
    }
    guard !reading.isInfected, signal != .kill else { return nil }
    // A fatal signal that was given to one thread ends all of its process.
    return last(of: task) { $0.data == word } ?? last(of: nil) { $0.data == word }
  }

  /// A signal that the tracer gave: what the task had stopped for tells whose it was.
  private static func passedOn(
    _ signal: Signal, _ last: Event, to task: TaskID, _ reading: CaseReading
  ) -> Death {
    let receiver = last.tracee == task ? "it" : "task \(last.tracee)"
    let passed = Evidence(event: last.sequence, reason: "the tracer passed it on")
    let stop = reading.events.last {
      $0.tracee == last.tracee && $0.sequence < last.sequence && $0.kind == .stop
    }
    guard let stop, case .stop(let record) = stop.payload else {
      return ("was killed by \(signal), which its tracer passed on to \(receiver)", [passed])
    }
    let seen = Evidence(event: stop.sequence, reason: "what it had stopped for")
    if let owner = ownTrap(record, of: last.tracee, before: stop, reading), signal == .trap {
      if let dropped = droppedMark(of: last.tracee, before: stop, reading) {
        return (
          "was killed by SIGTRAP of its tracer's own system call stops: a later SETOPTIONS dropped TRACESYSGOOD",
          [
            Evidence(
              event: dropped.sequence,
              reason: "PTRACE_SETOPTIONS replaces what was set before: PTRACE_O_TRACESYSGOOD is off"
            ),
            seen, passed,
          ]
        )
      }
      return (
        "was killed by SIGTRAP: its tracer passed on the trap of \(owner)", [seen, passed]
      )
    }
    if record.stopClass == .signalDelivery, let arrived = record.signal, arrived != signal {
      let given = Evidence(event: last.sequence, reason: "let run with \(signal)")
      return (
        "was killed by \(signal), which its tracer gave \(receiver) in place of \(arrived)",
        [seen, given]
      )
    }
    let kept = keptBack(signal, of: last.tracee, before: stop, reading)
    let times = kept.count == 1 ? "once" : "\(kept.count) times"
    let before = kept.isEmpty ? "" : ", after it had kept it back \(times)"
    let earlier = kept.suffix(2).map { Evidence(event: $0, reason: "let run without it") }
    guard let info = record.info, info.isFault else {
      let sent = reading.signalSent(signal, to: last.tracee, before: stop)
      return (
        "was killed by \(signal), which its tracer \(sent == nil ? "" : "sent and ")passed on to \(receiver)\(before)",
        (sent.map { [Evidence(event: $0.sequence, reason: "sent by the tracer")] } ?? []) + earlier
          + [passed]
      )
    }
    let address = info.address.map { " at \($0)" } ?? ""
    let note = kept.isEmpty ? "" : "; its tracer had kept it back \(times) before"
    return (
      "died of a fault of its own: \(signal) (\(info.code.name(for: signal)))\(address)\(note)",
      earlier + [Evidence(event: stop.sequence, reason: "the fault"), passed]
    )
  }

  /// The options that took away PTRACE_O_TRACESYSGOOD, by which a stop of a system call is told from a trap.
  private static func droppedMark(
    of task: TaskID, before stop: Event, _ reading: CaseReading
  ) -> Event? {
    guard reading.lastResume(of: task, before: stop)?.call.request == .syscall else { return nil }
    var hasMark = false
    var dropped: Event?
    for event in reading.events where event.tracee == task && event.sequence < stop.sequence {
      guard case .request(let call) = event.payload, call.error == nil,
        call.request == .seize || call.request.kind == .options
      else { continue }
      let isMarked = call.data & PtraceOption.systemCalls != 0
      if hasMark, !isMarked { dropped = event }
      if isMarked { dropped = nil }
      hasMark = isMarked
    }
    return dropped
  }

  /// What of the tracer's own made a trap, as far as that is seen.
  private static func ownTrap(
    _ record: StopRecord, of task: TaskID, before stop: Event, _ reading: CaseReading
  ) -> String? {
    switch record.stopClass {
    case .breakpoint, .softwareBreakpoint: return "its own breakpoint"
    case .singleStep: return "its own single step"
    case .syscallEntry, .syscallExit, .syscallStop: return "its own tracing of system calls"
    case .signalDelivery, .unknown:
      guard record.signal == .trap, record.info?.sender == nil else { return nil }
      if breakpoints(in: task, before: stop, reading).hasAny { return "its own breakpoint" }
      return bareTrap(of: task, before: stop, reading)
    case .groupStop, .interrupt, .event: return nil
    }
  }

  /// What a SIGTRAP without a siginfo is by what the task was let run with: a system call without
  /// PTRACE_O_TRACESYSGOOD, a step, or its execve, whose SIGTRAP is the first stop of a child that asked to be traced.
  private static func bareTrap(
    of task: TaskID, before stop: Event, _ reading: CaseReading
  ) -> String? {
    if let last = reading.lastResume(of: task, before: stop) {
      switch last.call.request {
      case .syscall: return "its own tracing of system calls"
      case .singleStep: return "its own single step"
      default: return nil
      }
    }
    let isFirst = !reading.events.contains {
      $0.tracee == task && $0.sequence < stop.sequence && $0.kind == .stop
    }
    return isFirst && reading.tracer.taken[task] == nil ? "its execve" : nil
  }

  /// What of its tracer's own killed a task by SIGTRAP; `nil` if nothing did.
  static func ownTrapThatKilled(
    _ task: TaskID, before end: Event, _ reading: CaseReading
  ) -> Death? {
    guard let last = given(.trap, to: task, before: end, reading),
      let stop = reading.events.last(where: {
        $0.tracee == last.tracee && $0.sequence < last.sequence && $0.kind == .stop
      }), case .stop(let record) = stop.payload,
      ownTrap(record, of: last.tracee, before: stop, reading) != nil
    else { return nil }
    return passedOn(.trap, last, to: task, reading)
  }

  /// A thread that is not traced met the breakpoint: the traced one would have stopped for its tracer.
  private static func metByAnother(
    _ task: TaskID, before end: Event, _ reading: CaseReading
  ) -> Death? {
    guard let resumed = reading.lastResume(of: task, before: end), resumed.call.data == 0,
      resumed.call.request != .detach,
      !reading.events.contains(where: {
        $0.tracee == task && $0.kind == .stop
          && (resumed.event.sequence..<end.sequence).contains($0.sequence)
      }),
      let place = breakpoints(in: task, before: resumed.event, reading).standing
    else { return nil }
    return (
      "was killed by SIGTRAP: a thread that was not traced met its tracer's breakpoint at \(place.address)",
      [
        Evidence(event: place.event, reason: "int3 written"),
        Evidence(event: resumed.event.sequence, reason: "let run; no stop of it came after that"),
      ]
    )
  }

  /// The int3s that the tracer wrote over instructions of the task: whether there was any, and the first one that it
  /// has not taken away.
  private static func breakpoints(
    in task: TaskID, before end: Event, _ reading: CaseReading
  ) -> (hasAny: Bool, standing: (address: RemoteAddress, event: UInt32)?) {
    var words: [UInt64: UInt64] = [:]
    var standing: [UInt64: UInt32] = [:]
    var hasAny = false
    for event in reading.events where event.tracee == task && event.sequence < end.sequence {
      guard case .request(let call) = event.payload, call.error == nil else { continue }
      switch call.request {
      case .peekText, .peekData:
        if words[call.address] == nil { words[call.address] = call.data }
      case .pokeText, .pokeData:
        guard let own = words[call.address] else { continue }
        let isBreakpoint = own.hasBreakpoint(beside: call.data)
        hasAny = hasAny || isBreakpoint
        standing[call.address] = isBreakpoint ? event.sequence : nil
      default: break
      }
    }
    let first = standing.min { $0.value < $1.value }
    return (hasAny, first.map { (RemoteAddress($0.key), $0.value) })
  }

  /// The resumes after a stop for a signal that were made without it.
  private static func keptBack(
    _ signal: Signal, of task: TaskID, before end: Event, _ reading: CaseReading
  ) -> [UInt32] {
    var found: [UInt32] = []
    var isStopped = false
    for event in reading.events where event.tracee == task && event.sequence < end.sequence {
      switch event.payload {
      case .stop(let record):
        isStopped = record.stopClass == .signalDelivery && record.signal == signal
      case .request(let call) where call.error == nil && call.request.resumes:
        if isStopped, call.data == 0 { found.append(event.sequence) }
        isStopped = false
      default: break
      }
    }
    return found
  }

  /// A call that ends a task, and that its tracer had it make.
  static func exitCalled(
    by task: TaskID, with code: UInt8, before end: Event, _ reading: CaseReading
  ) -> (name: String, event: UInt32)? {
    let last = reading.events.last {
      guard $0.tracee == task, $0.sequence < end.sequence, case .request(let call) = $0.payload
      else { return false }
      return call.error == nil && call.request.kind == .registersWritten
    }
    guard let last, case .request(let call) = last.payload,
      case .registers(let registers) = call.detail,
      // At the entry of a call of the task's own there is an error in this register.
      let name = SyscallNumber.name(registers[.rax]), name == "exit" || name == "exit_group",
      UInt8(truncatingIfNeeded: registers[.rdi]) == code
    else { return nil }
    return (name, last.sequence)
  }
}

extension UInt64 {
  /// Whether another word has int3 where this one has not.
  fileprivate func hasBreakpoint(beside other: UInt64) -> Bool {
    (0..<8 as Range<UInt64>).contains { index in
      let (mine, its) = (self >> (index * 8) & 0xff, other >> (index * 8) & 0xff)
      return its == 0xcc && mine != 0xcc
    }
  }
}
