public import FiniModel

/// The verdict on one run, with what proves it.
public struct Judgement: Hashable, Sendable {
  /// The verdict.
  public var verdict: Verdict
  /// How the stop was caught, if it landed.
  public var caught: FiniStrategy?
  /// The events that prove the verdict, in order.
  public var evidence: [Evidence]
  /// What came in place of the awaited stop, if something did; a stop that landed all the same
  /// may have one.
  public var intervention: Intervention?
  /// What else is worth knowing, in the order of the events.
  public var findings: [Finding]
  /// The verdict and its proof in one line, without a full stop.
  public var summary: String

  /// Whether the stop landed: `nil` if the recording cannot tell.
  public var landed: Bool? { verdict.landed }

  /// Whether something was left behind in the task or could not be put back.
  public var leftTraces: Bool { findings.contains { $0.kind.isFailure } }
}

extension Verdict {
  /// Whether the stop landed: `nil` if the recording cannot tell.
  public var landed: Bool? {
    switch self {
    case .landed: true
    case .intervened, .missed, .lost: false
    case .unfinished, .undetermined, .neverReached: nil
    }
  }
}

/// One event that proves something.
public struct Evidence: Hashable, Sendable {
  /// The event.
  public var event: UInt32
  /// What it proves, in a few words.
  public var reason: String
}

/// The first stop that came where another one was awaited.
public struct Intervention: Hashable, Sendable {
  /// The stop.
  public var stop: UInt32
  /// Its class.
  public var stopClass: StopClass
  /// The signal that it announced, if it did.
  public var signal: Signal?
  /// A siginfo of that signal, if one was seen.
  public var info: SignalInfo?
  /// The event that first showed the signal pending, before the stop.
  public var pendingSince: UInt32?
}

/// Something worth knowing beside the verdict.
public struct Finding: Hashable, Sendable {
  /// What kind of thing.
  public enum Kind: String, CaseIterable, Hashable, Sendable {
    /// A put-back was attempted and failed, or its result differs.
    case putBackFailed = "put-back-failed"
    /// The tracer let go with the breakpoint armed: it will kill the task later.
    case detachedArmed = "detached-armed"
    /// The tracer vanished with the breakpoint armed.
    case leftArmed = "left-armed"
    /// The registers after rt_sigreturn are not the saved ones.
    case registersDiffer = "registers-differ"
    /// An observed tracer changed a word of memory and did not change it back.
    case memoryPatched = "memory-patched"
    /// An observed tracer left memory mapped.
    case blobLeft = "blob-left"
    /// An observed tracer took a signal and did not give it back.
    case signalLost = "signal-lost"
    /// An observed tracer left another signal mask.
    case maskChanged = "mask-changed"
    /// A signal that the task had a handler for before has none after an observed tracer.
    case handlerLost = "handler-lost"
    /// Nobody held the task any more, and it went back to its own registers by itself.
    case selfCured = "self-cured"
    /// They were not, and the tracer wrote the saved ones afterwards.
    case registersMended = "registers-mended"
    /// Another stop came in between.
    case intervention
    /// Another strategy was taken than the one asked for.
    case fallback
    /// Events were lost outside of fini.
    case gap

    /// Whether it means harm to the task.
    public var isFailure: Bool {
      switch self {
      case .putBackFailed, .detachedArmed, .leftArmed, .registersDiffer, .memoryPatched, .blobLeft,
        .signalLost, .maskChanged, .handlerLost:
        true
      case .selfCured, .registersMended, .intervention, .fallback, .gap: false
      }
    }
  }

  /// What kind of thing.
  public var kind: Kind
  /// The event that shows it.
  public var event: UInt32
  /// The thing in a sentence, without a full stop.
  public var sentence: String
}
