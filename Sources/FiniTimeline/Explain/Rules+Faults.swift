internal import FiniModel
internal import FiniProof

/// A fault of the task itself that comes again and again.
extension Rules {
  /// The blob is its tracer's own.
  static let adviceOnCrashedParasite = [
    "The parasite is CRIU's own code: this is no fault of the program. Use a newer CRIU, or report it with the log.",
    "The program counter, and the bytes there, tell whether it is in the blob.",
  ]

  /// The same fault after each resume: the task runs in a circle, and its signal is not lost.
  static func faultLoop(_ reading: CaseReading) -> [Diagnosis] {
    var last: [TaskID: (info: SignalInfo, event: UInt32, resumed: UInt32?)] = [:]
    var found: (task: TaskID, info: SignalInfo, pairs: [(stop: UInt32, resumed: UInt32)])?
    for event in reading.events {
      switch event.payload {
      case .stop(let stop):
        guard stop.stopClass == .signalDelivery, let info = stop.info, info.isFault else {
          last[event.tracee] = nil
          continue
        }
        if let before = last[event.tracee], let resumed = before.resumed,
          before.info.signal == info.signal, before.info.address == info.address
        {
          if found?.task == event.tracee {
            found?.pairs.append((before.event, resumed))
          } else if found == nil {
            found = (event.tracee, info, [(before.event, resumed)])
          }
        }
        last[event.tracee] = (info, event.sequence, nil)
      case .request(let call) where call.error == nil && call.request.resumes:
        // Given to the task it is the task's own affair.
        if call.data == 0 {
          last[event.tracee]?.resumed = event.sequence
        } else {
          last[event.tracee] = nil
        }
      default: break
      }
    }
    guard let found else { return [] }
    let place = found.info.address.map { " at \($0)" } ?? ""
    return [
      Diagnosis(
        .faultLoop, of: found.task,
        "\(found.info.signal) (\(found.info.code.name(for: found.info.signal)))\(place) comes again each time that task \(found.task) is let run",
        evidence: found.pairs.suffix(3).flatMap {
          [
            Evidence(event: $0.stop, reason: "the fault"),
            Evidence(event: $0.resumed, reason: "resumed without the signal"),
          ]
        },
        advice: [
          "The instruction faults again, so the task runs in a circle: its registers or its memory are not what it needs.",
          "The program counter of that stop and the mappings there tell what it was about to do.",
        ])
    ]
  }
}
