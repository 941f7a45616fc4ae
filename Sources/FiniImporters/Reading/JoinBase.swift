package import FiniModel

/// What a stored run shows that logs are joined with.
package struct JoinBase {
  /// How the run is called.
  package let name: String
  /// Who reported its events.
  package let source: Source
  /// Whether a tracer's own log is in it.
  package let hasLog: Bool
  /// By what its clock is found again in the logs.
  package private(set) var anchors = Anchors()
  /// What stands for the texts of its lines.
  package private(set) var lines: Set<Int> = []

  /// Nothing of its events is known yet.
  package init(name: String, source: Source, hasLog: Bool) {
    self.name = name
    self.source = source
    self.hasLog = hasLog
  }

  /// Takes its next event.
  package mutating func observe(_ event: Event) { anchors.observe(event) }

  /// Takes the text of the next line of a tracer's log, and the time of it if it has one.
  package mutating func observe(line text: String, at time: Int64?) {
    lines.insert(Anchors.key(of: text))
    if let time { anchors.observe(line: text, at: time) }
  }

  /// The source of the run once inputs of these formats are in it: that of what saw the most.
  package func source(with formats: [LineFormat]) -> Source {
    source == .criuLog ? Importer.source(of: formats) : source
  }
}

/// Whether inputs belong together.
package enum JoinDemand: Hashable, Sendable {
  /// They must have an event or a task in common.
  case common
  /// They are known to be of one run.
  case none
}
