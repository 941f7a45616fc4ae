internal import FiniModel
internal import FiniProof

/// Requests that ptrace(2) does not take in the state that the task is in, or from the thread that makes them.
extension Rules {
  /// A request from a thread, or a process, that does not trace the task.
  static func wrongCaller(_ reading: CaseReading) -> [Diagnosis] {
    guard reading.source == .strace else { return [] }
    var holders: [TaskID: (tracer: TaskID, event: UInt32)] = [:]
    for event in reading.events {
      switch event.payload {
      case .ended:
        holders[event.tracee] = nil
        // What it held is let go by the kernel.
        holders = holders.filter { $0.value.tracer != event.tracee }
      case .request(let call) where call.error == nil:
        if call.request == .detach {
          holders[event.tracee] = nil
        } else if call.request != .traceMe {
          holders[event.tracee] = (event.tracer, event.sequence)
        }
      case .request(let call) where call.error == .noSuchProcess:
        guard let holder = holders[event.tracee], holder.tracer != event.tracer,
          holder.tracer.rawValue > 0, event.tracer.rawValue > 0,
          ![.seize, .attach].contains(call.request.kind), !reading.isProbe(event.tracee)
        else { continue }
        return [
          Diagnosis(
            .requestRefused, of: event.tracee,
            "\(call.request) of task \(event.tracee) was refused (ESRCH): \(event.tracer) made it, and only its tracer \(holder.tracer) may",
            evidence: [
              Evidence(event: holder.event, reason: "\(holder.tracer) holds it"),
              Evidence(
                event: event.sequence, reason: "\(call.request) = ESRCH, from \(event.tracer)"),
            ],
            advice: [
              "A tracer is a thread, and not a process: the thread that took hold of a task makes all requests of it."
            ])
        ]
      default: break
      }
    }
    return []
  }

  /// A request that the kernel takes only in another state of the task (EIO).
  static func wrongState(_ reading: CaseReading) -> [Diagnosis] {
    guard reading.source == .strace, let task = reading.task, !reading.isProbe(task) else {
      return []
    }
    var taken: PtraceRequest?
    var stop: StopRecord?
    for event in reading.events where event.tracee == task {
      switch event.payload {
      case .stop(let record): stop = record
      case .request(let call) where call.error == nil:
        if call.request.takesHold { taken = call.request }
      case .request(let call) where call.error == .ioError:
        guard let why = why(call, taken: taken, stop) else { continue }
        return [
          Diagnosis(
            .requestRefused, of: task,
            "\(call.request) of task \(task) failed (EIO): \(why)",
            evidence: [Evidence(event: event.sequence, reason: "\(call.request) = EIO")])
        ]
      default: break
      }
    }
    return []
  }

  private static func why(
    _ call: RequestCall, taken: PtraceRequest?, _ stop: StopRecord?
  ) -> String? {
    switch call.request {
    case .interrupt, .listen:
      if let taken, taken != .seize {
        return "it is for tasks taken by PTRACE_SEIZE, not by \(taken)"
      }
      guard call.request == .listen, taken == .seize, let stop, stop.stopClass != .groupStop else {
        return nil
      }
      let place = stop.signal.map { " (\($0))" } ?? ""
      return "it needs a group-stop, and this was \(stop.stopClass.name)\(place)"
    case let request where request.resumes && call.data > 64:
      return "\(call.data) is no signal"
    default: return nil
    }
  }

  /// The negative errno of a call that failed, taken for the address that it should have returned.
  static func errorTakenForAddress(_ reading: CaseReading) -> [Diagnosis] {
    guard let task = reading.task, !reading.isProbe(task) else { return [] }
    for refusal in reading.refusals where refusal.event.tracee == task {
      guard refusal.call.error == .ioError || refusal.call.error == .badAddress,
        [.peekText, .peekData, .pokeText, .pokeData].contains(refusal.call.request),
        let error = Errno(result: Int64(bitPattern: refusal.call.address))
      else { continue }
      let failure = reading.account.memory.lastFailure.flatMap { $0.error == error ? $0 : nil }
      let call = failure.flatMap { $0.isCompat ? nil : SyscallNumber.name($0.number) } ?? "a call"
      return [
        Diagnosis(
          .requestRefused, of: task,
          "\(call) that task \(task) made for its tracer failed (\(error)), and the tracer took the error for an address",
          evidence: (failure.map { [Evidence(event: $0.event, reason: "its result: \(error)")] }
            ?? [])
            + [
              Evidence(
                event: refusal.event.sequence,
                reason:
                  "\(refusal.call.request) at \(RemoteAddress(refusal.call.address)), which is -\(error)"
              )
            ],
          consequences: reading.consequences(after: refusal.event),
          advice: ["A result from -4095 to -1 is an error, and no address: see syscalls(2)."])
      ]
    }
    return []
  }

  /// A request that only a stopped task takes, of one that was let run and not waited for.
  static func askedWhileRunning(_ reading: CaseReading) -> [Diagnosis] {
    guard reading.source == .strace, !reading.endedWell, let task = reading.task,
      !reading.isProbe(task), reading.facts.ended == nil,
      reading.tracer.reportedEnd(of: task) == nil
    else { return [] }
    var resumed: (event: UInt32, request: PtraceRequest, by: TaskID)?
    for event in reading.events {
      switch event.payload {
      case .request(let call) where event.tracee == task && call.error == nil:
        if call.request.resumes, call.request != .detach {
          resumed = (event.sequence, call.request, event.tracer)
        } else if call.request == .detach {
          resumed = nil
        }
      case .stop where event.tracee == task: resumed = nil
      // A wait for any task may have told of its end.
      case .wait(let call) where call.target == task || call.target.rawValue <= 0: resumed = nil
      case .request(let call) where event.tracee == task && call.error == .noSuchProcess:
        guard let resumed, resumed.by == event.tracer else { continue }
        return [
          Diagnosis(
            .requestRefused, of: task,
            "\(call.request) of task \(task) was refused (ESRCH): it runs since \(resumed.request), and no wait came between",
            evidence: [
              Evidence(event: resumed.event, reason: "let run"),
              Evidence(event: event.sequence, reason: "\(call.request) = ESRCH"),
            ],
            consequences: reading.consequences(after: event),
            advice: [
              "All but PTRACE_INTERRUPT and kill(2) needs a stopped task: wait for its next stop first."
            ])
        ]
      default: break
      }
    }
    return []
  }

  /// A child that is traced from its birth, and that its tracer never waited for.
  static func newbornLeft(_ reading: CaseReading) -> [Diagnosis] {
    guard reading.source == .strace, !reading.endedWell else { return [] }
    for event in reading.events {
      guard case .request(let call) = event.payload, call.request == .getEventMessage,
        call.error == nil, call.detail != .notSeen,
        // A stop is told after all that was asked about it.
        let birth = reading.events.first(where: {
          $0.tracee == event.tracee && $0.sequence > event.sequence && $0.kind == .stop
        }), case .stop(let record) = birth.payload
      else { continue }
      switch record.stopClass {
      case .event(.fork), .event(.vfork), .event(.clone): break
      default: continue
      }
      let child = TaskID(Int32(truncatingIfNeeded: call.data))
      guard child.rawValue > 0, child != event.tracee,
        !reading.events.contains(where: { $0.tracee == child })
      else { continue }
      let end = reading.tracer.end.map {
        [Evidence(event: $0.event.sequence, reason: "the tracer ended")]
      }
      return [
        Diagnosis(
          .hangs, of: child,
          "task \(child), which task \(event.tracee) made, is traced from its birth and was never waited for: it stands still",
          evidence: [
            Evidence(
              event: birth.sequence, reason: "\(record.stopClass.name) of task \(event.tracee)"),
            Evidence(event: event.sequence, reason: "the child is \(child)"),
          ] + (end ?? []),
          advice: [
            "A tracer with PTRACE_O_TRACEFORK, TRACEVFORK or TRACECLONE must wait for each new task, and let it run or go."
          ])
      ]
    }
    return []
  }
}
