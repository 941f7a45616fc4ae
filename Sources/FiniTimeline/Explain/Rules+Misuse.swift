internal import FiniModel
internal import FiniProof

/// Requests that ptrace(2) does not take in the state that the task is in, or from the thread that makes them.
extension Rules {
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
    default: return nil
    }
  }

  /// A request that only a stopped task takes, of one that was let run and not waited for.
  static func askedWhileRunning(_ reading: CaseReading) -> [Diagnosis] {
    guard reading.source == .strace, !reading.endedWell, let task = reading.task,
      !reading.isProbe(task), goneByExec(reading).isEmpty
    else { return [] }
    let end = [reading.facts.ended, reading.tracer.reportedEnd(of: task)?.event.sequence]
      .compactMap { $0 }.min()
    var resumed: (event: UInt32, request: PtraceRequest, by: TaskID)?
    var other: (event: UInt32, task: TaskID)?
    for event in reading.events where event.sequence < end ?? .max {
      switch event.payload {
      case .request(let call) where event.tracee == task && call.error == nil:
        if call.request.resumes, call.request != .detach {
          resumed = (event.sequence, call.request, event.tracer)
          other = nil
        } else if call.request == .detach {
          resumed = nil
        }
      case .stop where event.tracee == task: resumed = nil
      // One for any task may tell of another one.
      case .wait(let call)
      where call.target.rawValue <= 0 && call.result > 0
        && call.result != Int64(task.rawValue):
        if event.tracer == resumed?.by {
          other = (event.sequence, TaskID(Int32(truncatingIfNeeded: call.result)))
        }
      case .wait(let call) where call.target == task || call.target.rawValue <= 0: resumed = nil
      case .request(let call) where event.tracee == task && call.error == .noSuchProcess:
        guard let resumed, resumed.by == event.tracer else { continue }
        return [
          Diagnosis(
            .requestRefused, of: task,
            "\(call.request) of task \(task) was refused (ESRCH): it runs since \(resumed.request), and "
              + (other.map { "the wait told of task \($0.task)" } ?? "no wait came between"),
            evidence: [
              Evidence(event: resumed.event, reason: "let run"),
              Evidence(event: event.sequence, reason: "\(call.request) = ESRCH"),
            ]
              + (other.map {
                [
                  Evidence(
                    event: $0.event, reason: "this wait told of task \($0.task), and not of \(task)"
                  )
                ]
              } ?? []),
            consequences: reading.consequences(after: event),
            advice: [
              other == nil
                ? "All but PTRACE_INTERRUPT and kill(2) needs a stopped task: wait for its next stop first."
                : "A wait for any task (-1) tells by its result which one it is: look at that before the next request."
            ])
        ]
      default: break
      }
    }
    return []
  }
}
