package import FiniModel

/// Some consecutive events of a run, with what belongs together among them.
package struct Passage: Sendable {
  /// The events, in order.
  package var events: [Event]
  /// The phases that they lie in: a phase goes on until the next begins.
  package var phases: [PhaseSpan]
  /// The subject's stops with the calls that belong to them, in order.
  package var stops: [StopPair]
  /// The system calls that the task made for the tracer, in order.
  package var remoteCalls: [RemoteCall]
  /// The times during which a breakpoint was armed.
  package var breakpoints: [BreakpointSpan]
  /// Where the parasite's code is, if that was found in the events so far.
  package var blob: RemoteRange?

  package init(
    events: [Event], phases: [PhaseSpan] = [], stops: [StopPair] = [],
    remoteCalls: [RemoteCall] = [], breakpoints: [BreakpointSpan] = []
  ) {
    self.events = events
    self.phases = phases
    self.stops = stops
    self.remoteCalls = remoteCalls
    self.breakpoints = breakpoints
  }

  /// The event with a sequence number.
  package func event(_ sequence: UInt32) -> Event? { events.place(of: sequence).map { events[$0] } }

  /// The phase in which an event lies; `nil` before the first.
  package func phase(of sequence: UInt32) -> Phase? { phases.phase(of: sequence) }

  /// The breakpoint that is armed after an event.
  package func armedBreakpoint(after sequence: UInt32) -> BreakpointSpan? {
    breakpoints.last {
      $0.armed <= sequence && ($0.disarmed.map { sequence < $0 } ?? true)
    }
  }
}
