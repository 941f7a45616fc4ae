package import FiniModel

/// What is known of a run when it begins.
package struct RunStart: Hashable, Sendable {
  /// Who reports the events.
  package var source: Source
  /// The strategy asked for, if one was.
  package var strategyAsked: FiniStrategy?
  /// The command line as the user gave it.
  package var commandLine: String
  /// The task that traces.
  package var tracer: TaskIdentity
  /// The task that is traced.
  package var tracee: TaskIdentity
  /// Whether the tasks below it are traced as well, each with a cure of its own.
  package var isTree: Bool
  /// The version of this tool.
  package var toolVersion: String
  /// The kernel's release, as `uname -r` prints it.
  package var kernelRelease: String
  /// The machine's name, as `uname -n` prints it; empty where the events come from elsewhere.
  package var host: String
  /// The start on `CLOCK_MONOTONIC`; the file keeps the times of events relative to it.
  package var started: Instant
  /// The same moment on `CLOCK_REALTIME`, in nanoseconds since 1970.
  package var startedRealtime: Int64
  /// Which run it is among those of all files; `nil` where nobody asks.
  package var origin: RunOrigin?

  package init(
    source: Source, strategyAsked: FiniStrategy? = nil, commandLine: String,
    tracer: TaskIdentity, tracee: TaskIdentity, isTree: Bool = false, toolVersion: String,
    kernelRelease: String, host: String = "", started: Instant, startedRealtime: Int64,
    origin: RunOrigin? = nil
  ) {
    self.source = source
    self.strategyAsked = strategyAsked
    self.commandLine = commandLine
    self.tracer = tracer
    self.tracee = tracee
    self.isTree = isTree
    self.toolVersion = toolVersion
    self.kernelRelease = kernelRelease
    self.host = host
    self.started = started
    self.startedRealtime = startedRealtime
    self.origin = origin
  }
}
