package import FiniModel

/// What came of watching another tracer.
package struct Watched {
  /// A command that was run, and how it ended.
  package struct Command {
    /// The program and its arguments.
    package var words: [String]
    /// How it ended; `nil` if it was left running.
    package var end: WaitStatus?
    /// Whether its time was over.
    package var wasTimedOut: Bool
    /// Whether it traced what was to be watched.
    package var didTrace: Bool

    package init(words: [String], end: WaitStatus?, wasTimedOut: Bool, didTrace: Bool) {
      self.words = words
      self.end = end
      self.wasTimedOut = wasTimedOut
      self.didTrace = didTrace
    }
  }

  /// What the run proves; `nil` if there is no run.
  package var answer: Answer?
  /// The command; without one a tracer was waited for.
  package var command: Command?
  /// The exit status of fini-trace, as a shell shows it.
  package var status: Int32

  package init(_ answer: Answer?, command: Command? = nil, status: Int32) {
    self.answer = answer
    self.command = command
    self.status = status
  }
}
