internal import FiniModel

/// What becomes of the SIGSTOP by which a tracer takes hold of a task.
extension Rules {
  /// What one task owes, or is owed, of it.
  private struct Account {
    /// A SIGSTOP of the tracer's own that was sent and not met yet; more than one are one.
    var owed: UInt32?
    /// The tracee stands in a stop by a SIGSTOP.
    var stop: UInt32?
    /// That one is the tracer's.
    var isOwn = false
    /// How often the tracer gave back its own.
    var returned: [UInt32] = []
    var hasStops = false
  }

  /// A task that was let go and stands still then, in state T.
  static func stopLeft(_ reading: CaseReading) -> [Diagnosis] {
    guard let source = reading.events.first?.source, source != .engine else { return [] }
    var accounts: [TaskID: Account] = [:]
    var found: [Diagnosis] = []
    for event in reading.events {
      let task = event.tracee
      switch event.payload {
      case .request(let call) where call.error == nil:
        if call.request.kind == .attach { accounts[task] = Account(owed: event.sequence) }
        guard var account = accounts[task] else { continue }
        if call.request.resumes || call.request == .detach {
          if call.data == 19, account.isOwn, account.stop != nil {
            account.returned.append(event.sequence)
          }
          if call.request == .detach, !reading.isProbe(task) {
            found += left(task, account, call, event)
          }
          account.stop = nil
        }
        accounts[task] = call.request == .detach ? nil : account
      case .stop(let record):
        guard var account = accounts[task] else { continue }
        account.hasStops = true
        if record.signal == .stop, record.stopClass != .interrupt {
          account.isOwn = account.owed != nil || !account.returned.isEmpty
          account.owed = nil
          account.stop = event.sequence
        }
        accounts[task] = account
      case .signal(let record) where record.fate == .generated:
        guard record.info.sender == event.tracer, accounts[task] != nil else { continue }
        if record.info.signal == .stop { accounts[task]?.owed = event.sequence }
        if record.info.signal == .continue { accounts[task]?.owed = nil }
      default: break
      }
    }
    return found
  }

  private static func left(
    _ task: TaskID, _ account: Account, _ call: RequestCall, _ detach: Event
  ) -> [Diagnosis] {
    let advice = ["`kill -CONT \(task)` lets it go on, if its State in /proc/\(task)/status is T."]
    if let sent = account.owed, account.hasStops {
      return [
        Diagnosis(
          .stopLeft, of: task,
          "task \(task) was let go before the tracer's own SIGSTOP had come: it stops when it meets it, and nobody lets it run",
          evidence: [
            Evidence(event: sent, reason: "SIGSTOP sent by the tracer; no stop tells of it"),
            Evidence(event: detach.sequence, reason: "let go"),
          ],
          advice: advice + [
            "A tracer that attaches must give back what else it meets first, and wait until its SIGSTOP comes."
          ])
      ]
    }
    guard account.isOwn, call.data == 19 else { return [] }
    return [
      Diagnosis(
        .stopLeft, of: task,
        account.returned.count > 2
          ? "the tracer gave its own SIGSTOP back to task \(task), met it again each time, and left it stopped"
          : "task \(task) was let go with the tracer's own SIGSTOP: it stays stopped",
        evidence: account.returned.suffix(3).map {
          Evidence(event: $0, reason: "SIGSTOP given back")
        }, advice: advice)
    ]
  }
}
