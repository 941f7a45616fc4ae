package import FiniModel

/// What an observer in the kernel sees beside a tracer's calls.
extension ForeignStream {
  /// Takes up a tracee whose attaching was not seen.
  package mutating func assume(_ tracer: TaskID, of tracee: TaskID) {
    let place = place(of: tracee)
    states[place].isHeld = true
    states[place].tracer = tracer
  }

  /// The tracees that are held, in order; only those of one tracer if it is given.
  package func held(by tracer: TaskID? = nil) -> [TaskID] {
    places.filter { holder(at: $0.value).map { tracer == nil || tracer == $0 } ?? false }
      .map(\.key).sorted()
  }

  /// Who holds a task.
  package func holder(of tracee: TaskID) -> TaskID? { places[tracee].flatMap { holder(at: $0) } }

  private func holder(at place: Int) -> TaskID? {
    states[place].isHeld ? states[place].tracer : nil
  }

  /// Takes a signal when it is sent. A SIGTRAP of the kernel's to a tracee is told by its stop; one that no stop
  /// was seen for is told as a signal when the tracee is let go.
  package mutating func take(_ signal: GeneratedSignal, _ moment: Moment) {
    if signal.info.signal == .trap, signal.outcome == .queued, holder(of: signal.target) != nil,
      let place = places[signal.target]
    {
      states[place].reader.keep(signal, at: moment.left)
      if signal.isOfKernel { return }
    }
    tell(signal, moment.atExit)
  }

  /// A tracee has made a child, which may be traced from its birth.
  package mutating func fork(_ child: TaskID, of parent: TaskID) {
    guard let parent = places[parent], let tracer = holder(at: parent),
      states[parent].reader.tracesChildren
    else { return }
    let place = place(of: child)
    states[place].reader.inherit(from: states[parent].reader)
    states[place].isHeld = true
    states[place].tracer = tracer
  }

  /// The stop of a tracee that is open is told now: it ends, or its tracer does.
  package mutating func close(_ tracee: TaskID) {
    if let place = places[tracee] { closeStop(place, tracee) }
  }

  /// The kernel lets go of a tracee whose tracer ends.
  package mutating func letGo(_ tracee: TaskID) {
    guard let place = places[tracee] else { return }
    giveUp(place, tracee, states[place].tracer ?? TaskID(0))
    states[place].isHeld = false
  }

  /// A task ends, as the kernel shows it.
  ///
  /// - Parameters:
  ///   - ending: how, where that is known and was not told.
  ///   - task: the task.
  package mutating func end(_ ending: Ending?, of task: TaskID, _ moment: Moment) {
    let place = places[task]
    if let place {
      closeStop(place, task)
      giveUp(place, task, moment.tracer)
    }
    if let ending { append(.ended(ending), task, moment.atExit) }
    if let place { forget(task, at: place) }
  }

  /// Traps of the kernel's whose stop was not seen: the tracee was let go before.
  mutating func tellTraps(_ place: Int, _ tracee: TaskID, _ tracer: TaskID) {
    for (signal, time) in states[place].reader.takeTraps() {
      tell(signal, Moment(tracer: tracer, entered: time, left: time))
    }
  }

  private mutating func tell(_ signal: GeneratedSignal, _ moment: Moment) {
    var fates = [SignalRecord.Fate.generated]
    switch signal.outcome {
    case .coalesced: fates.append(.coalesced)
    case .ignored, .overflowed: fates.append(.discarded)
    case .queued, .queuedWithoutInfo, .unknown: break
    }
    for fate in fates {
      append(
        .signal(SignalRecord(fate: fate, info: signal.info, toProcess: signal.toProcess)),
        signal.target, moment)
    }
  }
}
