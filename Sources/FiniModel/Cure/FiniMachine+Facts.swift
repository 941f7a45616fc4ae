extension FiniMachine {
  /// What the judge needs; each number is the sequence of the event that proves it.
  public struct Facts: Hashable, Sendable {
    /// PTRACE_INTERRUPT, which began fini.
    public var interrupt: UInt32?
    /// FINI (or its variant for `direct`) was sent.
    public var finiSent: UInt32?
    /// The command sent was PARK: the parasite waits to be taken away and does not leave by itself.
    public var parked = false
    /// DR0 was written, with this address.
    public var addressPoked: UInt32?
    /// The address in DR0.
    public var armedAddress: RemoteAddress?
    /// DR7 was armed.
    public var armed: UInt32?
    /// The breakpoint's stop.
    public var hit: UInt32?
    /// DR7 was cleared after the hit (or after what came in its place).
    public var disarmed: UInt32?
    /// The entry of rt_sigreturn.
    public var sigreturnEntry: UInt32?
    /// Entries of other system calls seen between FINI and rt_sigreturn.
    public var otherEntries: UInt32 = 0
    /// The exit of rt_sigreturn.
    public var sigreturnExit: UInt32?
    /// Registers read at that exit and found as saved.
    public var registersVerified: UInt32?
    /// Registers read at that exit and found different.
    public var registersDiffer: UInt32?
    /// At the breakpoint after rt_sigreturn the task was found to have run its own code before: it had
    /// run over the breakpoint once, and came there again. What it has there is its own.
    public var secondArrival: UInt32?
    /// rt_sigreturn was turned into no call at its entry: it would lose a restart block, and the
    /// tracer writes the registers instead.
    public var sigreturnCancelled: UInt32?
    /// The saved registers were written by the tracer.
    public var registersWritten: UInt32?
    /// The first stop that came in place of the awaited one.
    public var intervening: UInt32?
    /// Its signal.
    public var interveningSignal: SignalInfo?
    /// The class of that stop.
    public var interveningClass: StopClass?
    /// A wait in fini ended at its deadline.
    public var missed: UInt32?
    /// The task ended.
    public var ended: UInt32?
    /// How the task ended.
    public var ending: Ending?
    /// The tracer let go.
    public var detached: UInt32?
    /// The first request, but for looks, that only a stopped task takes, where no stop was seen: what
    /// was written down of a foreign tracer does not show its waits, or not all of them.
    public var unseenStop: UInt32?
    /// Set where that rt_sigreturn was not seen says nothing: not every stop was.
    public var hiddenSigreturn: UInt32? { sigreturnEntry == nil ? unseenStop : nil }
    /// Something was lost while fini was under way.
    public var gap: UInt32?
    /// The breakpoint was armed when the tracer let go.
    public var detachedArmed = false

    /// Nothing is known.
    public init() {}
  }
}
