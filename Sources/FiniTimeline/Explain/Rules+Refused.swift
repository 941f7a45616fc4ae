internal import FiniModel
internal import FiniProof

/// What a tracer gave a request that no request takes: a number that is no signal, an address where nothing is.
extension Rules {
  /// A resume with a number that is no signal: it is refused, and the task stays stopped.
  static func noSignal(_ reading: CaseReading) -> [Diagnosis] {
    guard reading.source == .strace else { return [] }
    let refused = reading.refusals.first { refusal in
      guard refusal.call.request.resumes, refusal.call.error == .ioError,
        refusal.call.data > CaseReading.mostSignals
      else { return false }
      // What it went on after is no cause.
      return !reading.endedWell
        || !reading.events.contains {
          guard $0.tracee == refusal.event.tracee, $0.sequence > refusal.event.sequence,
            case .request(let call) = $0.payload
          else { return false }
          return call.error == nil && call.request.resumes && call.request != .detach
        }
    }
    guard let refused else { return [] }
    let (task, call) = (refused.event.tracee, refused.call)
    let hung = lastWait(reading).map {
      [
        Evidence(
          event: $0.event.sequence,
          reason:
            "a wait of \(CaseReading.words(nanoseconds: $0.waited)), for a task that stands still")
      ]
    }
    return [
      Diagnosis(
        hung == nil ? .requestRefused : .hangs, of: task,
        "\(call.request) of task \(task) failed (EIO): \(CaseReading.words(forNoSignal: call.data))",
        evidence: [
          Evidence(event: refused.event.sequence, reason: "\(call.request) with \(call.data) = EIO")
        ] + (hung ?? []),
        consequences: reading.consequences(after: refused.event),
        advice: [
          "The signal is WSTOPSIG(status), or 0 where the stop was the tracer's own: a trap, a system call, an event."
        ])
    ]
  }

  /// A detach of a task that its tracer had let run and did not stop first: it is let go only as the tracer ends.
  static func detachWhileRunning(_ reading: CaseReading) -> [Diagnosis] {
    guard reading.source == .strace, reading.endedWell, let task = reading.task,
      !reading.isProbe(task), reading.facts.ended == nil,
      reading.tracer.reportedEnd(of: task) == nil
    else { return [] }
    var resumed: (event: UInt32, call: RequestCall, by: TaskID)?
    var refused: (event: UInt32, since: UInt32, request: PtraceRequest)?
    for event in reading.events where event.tracee == task {
      switch event.payload {
      case .request(let call) where call.error == nil:
        // It found another way.
        refused = nil
        if call.request.resumes {
          resumed = call.request == .detach ? nil : (event.sequence, call, event.tracer)
        }
      case .stop: resumed = nil
      case .wait(let call) where call.result == Int64(task.rawValue): resumed = nil
      case .request(let call) where call.request == .detach && call.error == .noSuchProcess:
        guard let resumed, resumed.by == event.tracer else { continue }
        refused = (event.sequence, resumed.event, resumed.call.request)
      default: break
      }
    }
    guard let refused else { return [] }
    return [
      Diagnosis(
        .requestRefused, of: task,
        "PTRACE_DETACH of task \(task) was refused (ESRCH): it runs since \(refused.request), and was not stopped first",
        evidence: [
          Evidence(event: refused.since, reason: "let run; no stop of it came after that"),
          Evidence(event: refused.event, reason: "PTRACE_DETACH = ESRCH"),
        ],
        advice: [
          "Only a stopped task can be let go: stop it (PTRACE_INTERRUPT after PTRACE_SEIZE, else a SIGSTOP) and wait for that."
        ])
    ]
  }

  /// A task that somebody else killed, and whose tracer went on to ask for it.
  static func askedAfterDeath(_ reading: CaseReading) -> [Diagnosis] {
    guard reading.source == .strace, reading.endedWell, let task = reading.task,
      !reading.isProbe(task), reading.isTaken, endedInFini(reading).isEmpty,
      let end = reading.tracer.reportedEnd(of: task)?.event
        ?? reading.facts.ended.flatMap({ reading.timeline.event($0) }),
      case .killed(let signal, _)? = reading.tracer.reportedEnd(of: task)?.ending
        ?? reading.facts.ending,
      reading.signalSent(signal, to: nil, before: end) == nil,
      killAsked(of: task, before: end, reading) == nil
    else { return [] }
    let refused = reading.refusals.filter {
      $0.event.tracee == task && $0.event.sequence > end.sequence
        && $0.call.error == .noSuchProcess && $0.call.request != .detach
    }
    // One that was under way as the task died is no mistake.
    guard refused.count > 2, let first = refused.first else { return [] }
    return [
      Diagnosis(
        .killed, of: task,
        "task \(task) was killed by \(signal) while it was held, and \(refused.count) requests of its tracer failed after that (ESRCH)",
        evidence: [
          Evidence(event: end.sequence, reason: "killed by \(signal)"),
          Evidence(event: first.event.sequence, reason: "\(first.call.request) = ESRCH"),
        ],
        consequences: refused.dropFirst().prefix(3).map {
          Evidence(event: $0.event.sequence, reason: "\($0.call.request) = ESRCH")
        },
        advice: ["ESRCH after a stop means that the task is gone: wait for it, and ask no more."])
    ]
  }

  /// Memory of a task that was to be read or written without ptrace, and was not.
  static func accessFailed(_ reading: CaseReading) -> [Diagnosis] {
    guard reading.source == .strace else { return [] }
    for event in reading.events {
      guard case .memory(let access) = event.payload, let error = access.error,
        // What may be read is often found out by reading.
        access.way.isWrite || !reading.endedWell, !reading.isProbe(event.tracee),
        // That is told: see errorTakenForAddress.
        Errno(result: Int64(bitPattern: access.address.rawValue)) == nil,
        !reading.isReached(access, of: event.tracee, after: event)
      else { continue }
      let call = access.way.call
      let why: String
      if access.way == .writeRemote, error == .badAddress {
        // Memory that can be read is mapped.
        why =
          reading.wasRead(access.address, of: event.tracee)
          ? "it can't write read-only memory, as PTRACE_POKETEXT can"
          : "the memory is not mapped, or is read-only, which PTRACE_POKETEXT can write"
      } else {
        why = error.meaning
      }
      return [
        Diagnosis(
          .requestRefused, access.way.isWrite ? .yes : .possible, of: event.tracee,
          "\(call) at \(access.address) of task \(event.tracee) failed (\(error)): \(why)",
          evidence: [Evidence(event: event.sequence, reason: "\(call) = \(error)")],
          consequences: reading.consequences(after: event),
          advice: access.way.isWrite
            ? ["Code is read-only: write it by PTRACE_POKETEXT, or through /proc/PID/mem."] : [],
          isHarmless: reading.endedWell)
      ]
    }
    return []
  }

  /// What a request at an address of the task's was refused for.
  static func words(forRefused call: RequestCall, of task: TaskID) -> String? {
    let hint =
      call.address < CaseReading.lowestLinked
      ? ", and it looks like one without the load address" : ""
    return words(forUnmapped: call, of: task).map { $0 + hint }
  }

  /// The same, without what the address looks like.
  static func words(forUnmapped call: RequestCall, of task: TaskID) -> String? {
    guard [.peekText, .peekData, .pokeText, .pokeData].contains(call.request),
      call.error == .ioError || call.error == .badAddress, let error = call.error
    else { return nil }
    return
      "\(call.request) of task \(task) failed (\(error)): nothing is mapped at \(RemoteAddress(call.address))"
  }
}

extension CaseReading {
  /// The highest number of a signal.
  fileprivate static let mostSignals: UInt64 = 64
  /// Where ld(1) puts a program of x86-64 that is not position-independent: a lower address is one within a file.
  static let lowestLinked: UInt64 = 0x40_0000

  /// What a number is that was given for a signal and is none.
  fileprivate static func words(forNoSignal value: UInt64) -> String {
    let trap = UInt64(Signal.trap.rawValue)
    if value == trap | 0x80 {
      return "\(value) is SIGTRAP|0x80, a stop at a system call, and no signal"
    }
    let word = UInt32(truncatingIfNeeded: value)
    if UInt64(word) == value, WaitStatus(rawValue: word).isStop {
      return "\(value) is a whole wait status (\(RemoteAddress(value))), and no signal"
    }
    if value & 0xff == trap, (1...128).contains(value >> 8) {
      return "\(value) is SIGTRAP with an event (status >> 8), and no signal"
    }
    return "\(value) is no signal"
  }

  /// Whether an access that failed was made later in another way.
  fileprivate func isReached(_ access: MemoryAccess, of task: TaskID, after event: Event) -> Bool {
    events.contains {
      $0.sequence > event.sequence && $0.tracee == task
        && $0.reaches(access.address, isWrite: access.way.isWrite)
    }
  }

  /// Whether memory of a task was read, at any time.
  fileprivate func wasRead(_ address: RemoteAddress, of task: TaskID) -> Bool {
    events.contains { $0.tracee == task && $0.reaches(address, isWrite: false) }
  }
}

extension Event {
  /// Whether it is an access to an address that was granted.
  fileprivate func reaches(_ address: RemoteAddress, isWrite: Bool) -> Bool {
    switch payload {
    case .memory(let access):
      return access.error == nil && access.way.isWrite == isWrite && access.address == address
    case .request(let call) where call.error == nil:
      let isOfKind =
        isWrite
        ? call.request == .pokeText || call.request == .pokeData
        : call.request == .peekText || call.request == .peekData
      return isOfKind && address.rawValue &- call.address < 8
    default: return false
    }
  }
}

extension MemoryAccess.Way {
  /// The call, as strace names it.
  fileprivate var call: String {
    switch self {
    case .readFile: "a read of /proc/PID/mem"
    case .writeFile: "a write to /proc/PID/mem"
    case .readRemote: "process_vm_readv"
    case .writeRemote: "process_vm_writev"
    }
  }
}

extension MappedMemory.Failure {
  /// The name of the call, by the table that it took.
  var name: String {
    let known =
      isCompat || isLegacyCall
      ? Machine.i386.syscallName(number) : SyscallNumber.name(number)
    return known ?? "call \(number)"
  }

  /// What went wrong where a number of the other table was given to int $0x80; `nil` where none was.
  func legacyWords(in task: TaskID) -> String? {
    guard isLegacyCall, !isCompat else { return nil }
    let known = Machine.i386.syscallName(number) ?? "another call"
    let meant = SyscallNumber.name(number).map { ", not \($0)" } ?? ""
    return
      "int 0x80 in task \(task): \(number) is \(known) there\(meant); it failed (\(error)), and the error was taken for an address"
  }
}
