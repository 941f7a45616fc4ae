internal import FiniModel
internal import FiniPtrace

/// The task that a cure has in its hands, with all that is needed to take everything back.
///
/// It is the only place where the ``Hold`` changes.
@PtraceThread
final class HeldTask {
  let facts: TaskFacts
  let victim: Victim
  let recorder: CureRecorder
  /// The task's own extended state, and room for what it has in the end.
  let extendedState = ExtendedState()
  let presentState = ExtendedState()
  /// What is borrowed of its program. Without a bridge, remote system calls are made at what the finder found.
  var places: ProgramPlaces

  private(set) var hold = Hold.untouched
  /// What could not be put back.
  private(set) var leftBehind: [PutBack.Item] = []

  init(_ facts: TaskFacts, victim: Victim, recorder: CureRecorder, places: ProgramPlaces) {
    self.facts = facts
    self.victim = victim
    self.recorder = recorder
    self.places = places
  }

  var task: TaskID { victim.task }
  var tracer: Tracer { victim.tracer }

  /// The task's own state, in a state in which it is saved.
  var saved: Saved {
    guard let saved = hold.saved else { preconditionFailure("nothing of the task is saved") }
    return saved
  }

  /// Whether an address is in the parasite's memory.
  func isInRegion(_ address: RemoteAddress) -> Bool {
    hold.infection?.region?.contains(address) ?? false
  }

  /// Whether the task has something of ours, or may have it.
  var isInfected: Bool { hold.infection != nil }

  /// Where it makes remote system calls.
  var callSite: CallSite { places.bridge?.site ?? places.finder.site }

  /// Remote system calls, made with the task's own registers to start from.
  var remoteCalls: RemoteCalls {
    RemoteCalls(
      victim: victim, site: callSite, base: saved.own.registers,
      region: hold.infection?.region?.start)
  }

  // MARK: from one state to the next

  /// The task's own state is saved.
  func prepare(_ saved: Saved) {
    guard case .untouched = hold else { preconditionFailure("prepared twice") }
    hold = .prepared(saved)
    victim.belongsToProgram = true
  }

  /// The first remote call is about to be made.
  ///
  /// - Parameter found: what a recorder that was killed has left in the task.
  func beginInfection(with found: Infection = Infection()) {
    guard case .prepared(let saved) = hold else { preconditionFailure("not prepared") }
    hold = .infected(saved, found)
  }

  /// The parasite runs from here on.
  func beginService() {
    guard case .infected(let saved, let infection) = hold else {
      preconditionFailure("not infected")
    }
    hold = .serving(saved, infection)
  }

  /// The parasite is led to its end from here on.
  func beginFini() {
    guard case .serving(let saved, let infection) = hold else {
      preconditionFailure("no parasite runs")
    }
    hold = .inFini(saved, infection, .ahead)
  }

  /// The rt_sigreturn that the task has entered does nothing.
  func noteCancelledSigreturn() {
    guard case .inFini(let saved, let infection, .ahead) = hold else {
      preconditionFailure("there was no rt_sigreturn to cancel")
    }
    hold = .inFini(saved, infection, .cancelled)
  }

  /// The task is out of the parasite, or was found to be out of it.
  func leaveParasite(by way: Hold.Way) {
    guard var saved = hold.saved, var infection = hold.infection else {
      preconditionFailure("there was no parasite")
    }
    if way == .escaped {
      // The parasite closed its socket before it went.
      infection.socket = nil
      saved.extendedState = .outdated
    }
    hold = .left(saved, infection, way)
  }

  /// The task has its own mask and registers again.
  func noteRestored() { hold = .restored(saved) }

  /// The task is let go.
  func noteReleased(_ release: Hold.Release) { hold = .released(release) }

  /// Changes what is known of the task's own state.
  func changeSaved(_ change: (inout Saved) -> Void) {
    var saved = self.saved
    change(&saved)
    guard let changed = hold.with(saved) else { preconditionFailure("nothing is saved") }
    hold = changed
  }

  /// Changes what is known of ours in the task.
  func changeInfection(_ change: (inout Infection) -> Void) {
    guard var infection = hold.infection else { preconditionFailure("not infected") }
    change(&infection)
    guard let changed = hold.with(infection) else { preconditionFailure("not infected") }
    hold = changed
  }

  // MARK: what is put back

  /// Records a put-back, and that it failed if it did.
  func put(
    _ item: PutBack.Item, _ error: Errno? = nil, differing: UInt32 = 0,
    mended: XSaveComponents = []
  ) {
    let record = PutBack(
      item: item, result: error.map { -Int64($0.rawValue) } ?? 0, differing: differing,
      mended: mended)
    tracer.note(.putBack(record), about: task)
    if !record.succeeded { leftBehind.append(item) }
  }
}
