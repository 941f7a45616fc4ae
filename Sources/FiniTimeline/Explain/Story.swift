internal import FiniCatalogue
internal import FiniModel
internal import FiniProof

/// What is told of a run in which no rule found a cause.
struct Story {
  let timeline: Timeline
  let reading: CaseReading
  /// Whether the run has no end: its recorder runs, or was killed.
  let isOpen: Bool

  private var task: String { timeline.subject.map { "task \($0)" } ?? "the task" }

  /// The tasks that reached fini, and how many of them landed. One that SIGKILL ended beside one that landed, and after
  /// which the tracer ended well, is a child that it tried the cure with: its own kill may not be shown (ImportTests).
  private var landed: (count: Int, of: Int)? {
    let own = reading.subjects.all.filter {
      !$0.isProbe && $0.hasFini
        && ($0.verdict == .landed || !(reading.endedWell && isKilled($0.task)))
    }
    guard !own.isEmpty else { return nil }
    return (own.count { $0.verdict == .landed }, own.count)
  }

  private func isKilled(_ task: TaskID) -> Bool {
    guard task != timeline.subject, timeline.judgement.verdict == .landed else { return false }
    return reading.events.contains {
      guard $0.tracee == task, case .ended(.killed(.kill, _)) = $0.payload else { return false }
      return true
    }
  }

  /// Whether it is seen that the tracer let go of the task, or how it ended. That a log says "let go" is not that:
  /// its tracer tells by its last line how it ended.
  private var isSeenToItsEnd: Bool {
    reading.endedWell || timeline.facts.detached != nil && reading.source != .criuLog
  }

  /// The answer.
  var answer: Explanation.Answer {
    if isOpen { return .unknown }
    if let landed, landed.count < landed.of, timeline.judgement.verdict == .landed {
      return .somethingWrong
    }
    switch timeline.judgement.verdict {
    case .landed:
      // Nothing is wrong only with a good end that was seen.
      if reading.hasFailed { return .somethingWrong }
      return isSeenToItsEnd ? .nothingWrong : .unknown
    case .intervened, .missed, .lost: return .somethingWrong
    // A log that does not show fini may still tell that all went well.
    case .undetermined: return reading.isLogOfSuccess ? .nothingWrong : .unknown
    case .unfinished: return .unknown
    case .neverReached:
      return reading.endedWell && reading.showsStops && !reading.beginsInTheMiddle
        ? .nothingWrong : .unknown
    }
  }

  /// What is known of the run in a sentence.
  var headline: String {
    if isOpen {
      return "can't tell yet: the run has no end; its recorder still runs, or was killed"
    }
    if let line = reading.unreadCall {
      return
        "can't tell: a ptrace or wait call stands in a line that was not understood (line \(line))"
    }
    if reading.hasNoRequests, reading.tracer.calls == 0 {
      return "can't tell: no ptrace call is in this trace"
        + (reading.source == .strace ? "; it shows what a program does that traces nothing" : "")
    }
    if timeline.judgement.verdict == .neverReached, reading.beginsInTheMiddle {
      return "can't tell: the trace begins after its tracer took hold of \(task)"
    }
    if timeline.judgement.landed == nil, reading.missesStop {
      return "can't tell: the trace does not show what \(task) stopped for"
    }
    switch timeline.judgement.verdict {
    case .landed:
      if !isSeenToItsEnd {
        return
          "can't tell how it ended: \(task) left by rt_sigreturn as it should, and the rest is not here"
      }
      if let landed, landed.of > 1 {
        return
          "nothing wrong: \(landed.count) of \(landed.of) tasks were caught before rt_sigreturn and let go"
      }
      return "nothing wrong: \(task) \(timeline.judgement.landedWords)"
    case .neverReached where reading.endedWell:
      return "nothing wrong: \(task) \(leaving)"
    case .unfinished where reading.subjects.all.isEmpty && !reading.lines.isEmpty:
      return "can't tell: the log does not say how the run ended, nor what the tracer did last"
    case .neverReached, .undetermined: return withoutView
    default:
      return timeline.judgement.summary
    }
  }

  /// What is told where fini is not shown.
  private var withoutView: String {
    if reading.isLogOfSuccess {
      if saysLooksGood { return "nothing wrong: criu check is content with this machine" }
      return saysSomeAreMissing
        ? "nothing wrong: criu check works here, but \(missingFeatures) missing"
        : "nothing wrong: the tracer tells that it finished well; its log does not show fini"
    }
    if reading.tracer.end == nil, reading.account.isHeldStopped {
      return "can't tell: the trace ends while its tracer holds \(task) stopped"
    }
    if timeline.judgement.verdict == .neverReached {
      return "can't tell: the trace ends before fini, and nothing in it says why"
    }
    if let warned = reading.told.last(where: { $0.isOfWrapper && $0.match?.entry.kind == .warning })
    {
      return ToldLine.cut(
        "no failure is told here: \(warned.match?.meaning.loweredFirst ?? "")",
        to: Explanation.headlineLength)
    }
    return reading.subjects.all.isEmpty && reading.hasNoRequests
      ? "can't tell: the trace shows no step of a tracer but a wait"
      : "can't tell: the trace does not show what came of fini"
  }

  /// How a task came out of a tracer's hands that did not infect it.
  private var leaving: String {
    let reported = timeline.subject.flatMap { reading.tracer.reportedEnd(of: $0)?.ending }
    switch (reading.account.fate, timeline.facts.ending ?? reported) {
    case (.letGo, _), (.held, nil):
      if timeline.facts.hit != nil, let address = timeline.facts.armedAddress {
        return "stopped at a breakpoint at \(address) and was let go; there was no fini in it"
      }
      return "was traced and let go, and there was no fini in it"
    case (_, .exited(let code)?): return "exited with \(code) by itself while it was traced"
    case (_, .killed(let signal, _)?): return "ended by \(signal) while it was traced"
    case (.tracerEnded, nil), (.ended, nil):
      return "was traced until its tracer ended, and the kernel let go of it"
    }
  }

  /// Whether `criu check` is content and lacks features that not every task needs.
  private var saysSomeAreMissing: Bool {
    reading.told.contains {
      $0.record.fact == .finished && $0.message.text.hasPrefix("Looks good but")
    }
  }

  /// Whether `criu check` is content, and nothing else is in the text.
  private var saysLooksGood: Bool {
    let ends = reading.told.filter { $0.record.fact == .finished }
    return !ends.isEmpty
      && ends.allSatisfy { ["Looks good.", "Looks good"].contains($0.message.text) }
  }

  /// How many those are: each has a line of the check itself.
  private var missingFeatures: String {
    let lines = reading.told.filter(\.isOfMissingFeature)
    switch Set(lines.map(\.message.text)).count {
    case 0: return "some kernel features are"
    case 1: return "1 kernel feature is"
    case let count: return "\(count) kernel features are"
    }
  }

  /// What came of the part that is done by ptrace.
  var ptracePart: String? {
    guard let landed else {
      return reading.line({ $0 == .daemonServes }) != nil && reading.facts.intervening == nil
        ? "the tracer did its part until then: the parasite served" : nil
    }
    guard landed.count == landed.of else {
      return "of \(landed.of) tasks \(landed.count) landed before rt_sigreturn"
    }
    return "the ptrace part was clean: \(landed.count) of \(landed.of) "
      + (landed.of == 1 ? "task" : "tasks") + " landed before rt_sigreturn"
  }
}

extension Judgement {
  fileprivate var landedWords: String {
    switch caught {
    case .breakpoint: "was caught before rt_sigreturn by a breakpoint and let go"
    case .breakpointAfter: "was caught after rt_sigreturn by a breakpoint and let go"
    case .syscall: "was caught at rt_sigreturn by tracing system calls and let go"
    case .direct: "got its registers back from the tracer and was let go"
    case nil: "was cured and let go"
    }
  }
}
