internal import FiniEngine
package import FiniModel
package import FiniStore
package import FiniTimeline

/// The exit status that a command comes to, and the line that tells why.
package struct Conclusion: Equatable, Sendable {
  package var status: ExitStatus
  /// The reason, where the report does not have it.
  package var words: String?

  package init(status: ExitStatus, words: String? = nil) {
    self.status = status
    self.words = words
  }
}

extension Recording.Result {
  /// What a command ends with that made this.
  package var conclusion: Conclusion {
    let words = report.failure?.sentence(of: run.summary.tracee.task)
    if report.wasInterrupted { return Conclusion(status: .interrupted, words: words) }
    return Conclusion(status: isGood ? .good : .no, words: words)
  }
}

extension TreeRecording.Result {
  /// What a command ends with that made this.
  package func conclusion(_ reading: TreeReading) throws(StoreError) -> Conclusion {
    if report.wasInterrupted {
      return Conclusion(status: .interrupted, words: "interrupted; no task is left traced")
    }
    if report.wasOverdue {
      return Conclusion(status: .timedOut, words: "--timeout is over; no task is left traced")
    }
    if try isGood() { return Conclusion(status: .good) }
    return Conclusion(status: .no, words: "run \(tree.summary.number): \(reading.sentence)")
  }
}

extension WatchEnd {
  /// What a command ends with that watched until then.
  package var status: ExitStatus {
    switch self {
    case .left, .ended: .good
    case .interrupted: .interrupted
    case .timedOut: .timedOut
    }
  }
}

extension CommandEnd {
  /// How this process ends after a command that it launched.
  package enum PassedOn: Equatable, Sendable {
    case status(Int32)
    case signal(Signal)

    /// The number by which a shell shows it.
    var shellStatus: Int32 {
      switch self {
      case .status(let number): number
      case .signal(let signal): 128 + signal.rawValue
      }
    }
  }

  /// What is passed on, as env(1) and timeout(1) do it.
  ///
  /// A command that did well and did not trace what was to be watched has not done what was asked for.
  package var passedOn: PassedOn {
    if wasTimedOut { return .status(ExitStatus.timedOut.rawValue) }
    return switch status {
    case .exited(0): .status((didTouch ? ExitStatus.good : .no).rawValue)
    case .exited(let code): .status(Int32(code))
    case .killed(let signal, _): .signal(signal)
    default: .status(ExitStatus.launcherFailed.rawValue)
    }
  }

  /// What is reported of it.
  package var watched: Watched {
    Watched(
      run?.answer,
      command: Watched.Command(
        words: command, end: status, wasTimedOut: wasTimedOut, didTrace: didTouch),
      status: passedOn.shellStatus)
  }
}

extension TracerWatch.Result {
  /// What is reported of it.
  package var watched: Watched { Watched(run.answer, status: status.rawValue) }

  /// What a command ends with that watched.
  package var status: ExitStatus { end.status }
}

extension Mended {
  /// What a command ends with that repaired.
  package var status: ExitStatus { outcome == .failed ? .no : .good }
}
