internal import FiniModel
internal import FiniProof

/// A task that its tracer forgot.
extension Rules {
  /// A task that was stopped and stayed so, while the tracer let others go and did nothing more before it ended. The end
  /// of a tracer lets its tasks go: one that ends at once does no harm by it.
  static func keptStopped(_ reading: CaseReading) -> [Diagnosis] {
    guard reading.source == .strace, let end = reading.tracer.end, reading.tracer.hasLetGo else {
      return []
    }
    // A stop is told where its classification is sure, which may be after the end: its time counts.
    let own = reading.events.filter {
      $0.tracer == end.event.tracer && $0.entered <= end.event.entered
        && $0.sequence != end.event.sequence
    }
    guard let last = own.last(where: { $0.kind.isCall }), case .request(let call) = last.payload,
      call.request == .detach, call.error == nil,
      // It did other things after that.
      end.event.entered - last.entered >= ForeignStream.hang
    else { return [] }
    for task in reading.tracer.held.sorted() where !reading.isProbe(task) {
      guard let stop = own.last(where: { $0.tracee == task && $0.stopsOrResumes }),
        case .stop = stop.payload
      else { continue }
      let time = CaseReading.words(nanoseconds: end.event.entered - stop.entered)
      return [
        Diagnosis(
          .stopLeft, of: task,
          "task \(task) was stopped and never let go, as others were: it stood still \(time), until its tracer ended",
          evidence: [
            Evidence(event: stop.sequence, reason: "the last stop of task \(task)"),
            Evidence(
              event: last.sequence, reason: "the last call of the tracer: another one is let go"),
            Evidence(event: end.event.sequence, reason: "the tracer ended"),
          ],
          advice: [
            "Let go of each thread that was taken: PTRACE_DETACH of one lets no other one go."
          ])
      ]
    }
    return []
  }
}

extension Event {
  fileprivate var stopsOrResumes: Bool {
    switch payload {
    case .stop: true
    case .request(let call): call.error == nil && (call.request.resumes || call.request == .listen)
    default: false
    }
  }
}
