internal import FiniModel
internal import FiniPtrace

/// The task that is being cured, with all that is needed to undo the infection.
///
/// Only this type changes the ``Hold``.
@PtraceThread
final class HeldTask {
  let facts: TaskFacts
  let victim: Victim
  let recorder: CureRecorder
  /// The task's own extended state, and a buffer for the state that it has in the end.
  let extendedState = ExtendedState()
  let presentState = ExtendedState()
  /// What the cure borrows from the task's program. Without a bridge, remote system calls are made
  /// at the instruction that the finder found.
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

  /// The task's own state; only in a state of ``Hold`` that has it.
  var saved: Saved {
    guard let saved = hold.saved else { preconditionFailure("nothing of the task is saved") }
    return saved
  }

  /// Whether an address is in the parasite's memory.
  func isInRegion(_ address: RemoteAddress) -> Bool {
    hold.infection?.region?.contains(address) ?? false
  }

  /// Whether something of the infection is in the task, or may be.
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

  /// Notes that the first remote call is about to be made.
  ///
  /// - found: what a killed recorder has left in the task.
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

  /// Notes that the rt_sigreturn which the task has entered does nothing.
  func noteCancelledSigreturn() {
    guard case .inFini(let saved, let infection, .ahead) = hold else {
      preconditionFailure("there was no rt_sigreturn to cancel")
    }
    hold = .inFini(saved, infection, .cancelled)
  }

  /// Notes that the task has left the parasite, or was found outside of it.
  func leaveParasite(by way: Hold.Way) {
    guard var saved = hold.saved, var infection = hold.infection else {
      preconditionFailure("there was no parasite")
    }
    if way == .escaped {
      // The parasite closed its socket before it left.
      infection.socket = nil
      saved.extendedState = .outdated
    }
    hold = .left(saved, infection, way)
  }

  /// Notes that the task has its own mask and registers again.
  func noteRestored() { hold = .restored(saved) }

  /// Notes that the task was let go.
  func noteReleased(_ release: Hold.Release) { hold = .released(release) }

  /// Changes what is known of the task's own state.
  func changeSaved(_ change: (inout Saved) -> Void) {
    var saved = self.saved
    change(&saved)
    guard let changed = hold.with(saved) else { preconditionFailure("nothing is saved") }
    hold = changed
  }

  /// Changes what is known of the infection.
  func changeInfection(_ change: (inout Infection) -> Void) {
    guard var infection = hold.infection else { preconditionFailure("not infected") }
    change(&infection)
    guard let changed = hold.with(infection) else { preconditionFailure("not infected") }
    hold = changed
  }

  // MARK: what is put back

  /// Records a put-back, and remembers it if it failed.
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
