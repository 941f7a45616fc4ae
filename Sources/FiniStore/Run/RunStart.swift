public import FiniModel

/// What is known of a run when it begins.
public struct RunStart: Hashable, Sendable {
  /// Who reports the events.
  public var source: Source
  /// The strategy asked for, if one was.
  public var strategyAsked: FiniStrategy?
  /// The command line as the user gave it.
  public var commandLine: String
  /// The task that traces.
  public var tracer: TaskIdentity
  /// The task that is traced.
  public var tracee: TaskIdentity
  /// Whether the tasks below it are traced as well, each with a cure of its own.
  public var isTree: Bool
  /// The version of this tool.
  public var toolVersion: String
  /// The kernel's release, as `uname -r` prints it.
  public var kernelRelease: String
  /// The start on `CLOCK_MONOTONIC`; the file keeps the times of events relative to it.
  public var started: Instant
  /// The same moment on `CLOCK_REALTIME`, in nanoseconds since 1970.
  public var startedRealtime: Int64

  /// Makes a value.
  public init(
    source: Source, strategyAsked: FiniStrategy? = nil, commandLine: String,
    tracer: TaskIdentity, tracee: TaskIdentity, isTree: Bool = false, toolVersion: String,
    kernelRelease: String, started: Instant, startedRealtime: Int64
  ) {
    self.source = source
    self.strategyAsked = strategyAsked
    self.commandLine = commandLine
    self.tracer = tracer
    self.tracee = tracee
    self.isTree = isTree
    self.toolVersion = toolVersion
    self.kernelRelease = kernelRelease
    self.started = started
    self.startedRealtime = startedRealtime
  }
}
