internal import CFiniParasite
internal import FiniModel
internal import FiniPtrace

/// How far the cure of a task has come: what was saved, and what of the infection is in the task.
///
/// Each case has only what is known in that state. So what must be undone can be read from it at
/// any step. Only ``HeldTask`` goes from one case to another.
enum Hold {
  /// Nothing of the task is saved, and nothing of it is changed.
  case untouched
  /// Its own state is saved. Nothing of the infection is in it; its Syscall User Dispatch may be
  /// off.
  case prepared(Saved)
  /// Something of the infection is in it, or may be: from the first remote call on.
  case infected(Saved, Infection)
  /// The parasite runs in it.
  case serving(Saved, Infection)
  /// The parasite is led to its end.
  case inFini(Saved, Infection, Sigreturn)
  /// It runs no code of the parasite any more. The rest of the infection is still there.
  case left(Saved, Infection, Way)
  /// It has its own mask and registers again. It is still traced.
  case restored(Saved)
  /// It runs its own code, and nothing of ours is in it.
  case released(Release)

  /// What the cure did to the parasite's rt_sigreturn.
  enum Sigreturn: Hashable {
    /// Nothing so far.
    case ahead
    /// At its entry the call was changed so that it does nothing.
    case cancelled
  }

  /// How a task left the parasite.
  enum Way: Hashable {
    /// By the tracer: rt_sigreturn was not made or was cancelled. The tracer writes all registers.
    case led
    /// By rt_sigreturn, into the stop that the tracer awaited.
    case returned
    /// By itself, without a stop that the tracer saw. It has run its own code since, or may have.
    case escaped
  }

  /// How a task was let go.
  enum Release: Hashable {
    /// It goes on by its own code and is still traced: a stop is to come in which it can be let go.
    case running
    /// By PTRACE_DETACH.
    case detached
    /// By the end of this thread, which is still to come: the task sleeps in a call. See
    /// docs/Decisions/0027.
    case asleep
  }
}

/// The state that belongs to a task itself, at one moment.
struct OwnState: Hashable {
  var registers: Registers
  var mask: SignalSet
}

/// The task's own state as it was saved, and what is known of it.
struct Saved {
  /// What is given back to it.
  var own: OwnState
  /// Whether the call in which the task waits can't continue after rt_sigreturn.
  let endsAtSigreturn: Bool
  var dispatch = Dispatch.untouched
  var extendedState = SavedExtendedState.asRead

  /// The task's Syscall User Dispatch.
  enum Dispatch: Hashable {
    /// It was not written, or its own setting was written back.
    case untouched
    /// The kernel can't report it.
    case untold
    /// It is switched off. This was its setting.
    case switchedOff(SyscallDispatch)

    /// What has to be given back.
    var owed: SyscallDispatch? {
      if case .switchedOff(let dispatch) = self { dispatch } else { nil }
    }
  }

  /// What the bytes in ``HeldTask/extendedState`` are good for.
  enum SavedExtendedState: Hashable {
    /// They were read before the task ran for the tracer: its protection-key rights may be missing.
    case asRead
    /// They are everything that must be given back.
    case complete
    /// They are out of date: the task has run its own code since.
    case outdated
  }
}

/// What the cure has put into the task, as of now.
struct Infection: Hashable {
  /// Where the shared memory lies in the task, once it is mapped.
  var region: RemoteRange?
  /// Descriptors that the task has open for the cure: the memory file (if the region needs one),
  /// the parasite's socket, the tracer's end of it.
  var memfd: Int32?
  var socket: Int32?
  var tracerEnd: Int32?
  /// The remote call whose result was not seen yet, where that result is something of ours.
  var awaited: Awaited?

  /// A remote call by which the task gets something of ours, or loses it.
  enum Awaited: Hashable {
    case map(byteCount: Int)
    case memfd
    case unmap
  }

  /// The shared memory is mapped there.
  mutating func take(_ region: RemoteRange) {
    self.region = region
    awaited = nil
  }

  /// Where the parasite's sigreturn instruction lies.
  var sigreturn: RemoteAddress? {
    region.map { $0.start + Int(fini_parasite_sigreturn()) }
  }
}

extension Hold {
  /// The task's own state; `nil` before it is saved, and after the task was let go.
  var saved: Saved? {
    switch self {
    case .untouched, .released: nil
    case .prepared(let saved), .infected(let saved, _), .serving(let saved, _),
      .inFini(let saved, _, _), .left(let saved, _, _), .restored(let saved):
      saved
    }
  }

  /// Whether the task runs its own code with its own registers, so that a signal is its own to take.
  var runsOwnCode: Bool {
    switch self {
    case .untouched, .released: true
    case .prepared, .infected, .serving, .inFini, .left, .restored: false
    }
  }

  /// What of ours is in the task, or may be; `nil` in a state in which nothing is.
  var infection: Infection? {
    switch self {
    case .untouched, .prepared, .restored, .released: nil
    case .infected(_, let infection), .serving(_, let infection), .inFini(_, let infection, _),
      .left(_, let infection, _):
      infection
    }
  }

  /// The same state with another ``saved``; `nil` if the state has none.
  func with(_ saved: Saved) -> Hold? {
    switch self {
    case .untouched, .released: nil
    case .prepared: .prepared(saved)
    case .infected(_, let infection): .infected(saved, infection)
    case .serving(_, let infection): .serving(saved, infection)
    case .inFini(_, let infection, let sigreturn): .inFini(saved, infection, sigreturn)
    case .left(_, let infection, let way): .left(saved, infection, way)
    case .restored: .restored(saved)
    }
  }

  /// The same state with another ``infection``; `nil` if the state has none.
  func with(_ infection: Infection) -> Hold? {
    switch self {
    case .untouched, .prepared, .restored, .released: nil
    case .infected(let saved, _): .infected(saved, infection)
    case .serving(let saved, _): .serving(saved, infection)
    case .inFini(let saved, _, let sigreturn): .inFini(saved, infection, sigreturn)
    case .left(let saved, _, let way): .left(saved, infection, way)
    }
  }
}

extension OwnState {
  /// The registers that make the kernel treat the interrupted call as after a stop. A wait that the
  /// kernel would end with `EINTR` is issued again instead, unless a handler runs.
  var undisturbed: Registers { registers.waitingUnlessHandled }

  /// The registers after rt_sigreturn without its traces. rt_sigreturn marks the task as being in
  /// no call, and a breakpoint leaves RF set. The task does not notice; its next tracer might.
  func polished(_ current: Registers) -> Registers {
    guard current.isRestored(from: registers) else { return current }
    // The kernel reissues an interrupted call by itself, unless a stop of the process comes first.
    if registers.restart == .none || registers.restart == .reissue { return registers }
    if registers.restart == .reissueWait { return undisturbed }
    var own = current
    own[.eflags] =
      current.meetingBreakpoints[.eflags] | registers[.eflags] & Registers.Flag.resume
    return own
  }
}
