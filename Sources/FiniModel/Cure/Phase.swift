/// A part of the cure; the numbers are part of the schema.
package enum Phase: UInt8, CaseIterable, Hashable, Comparable, Sendable {
  /// From SEIZE to the first stop.
  case seize = 1
  /// Reading and saving the task's state, before anything of the task is changed.
  case prepare = 2
  /// Bringing the blob into the task.
  case infect = 3
  /// The parasite starts and reports.
  case daemon = 4
  /// The parasite serves commands.
  case commands = 5
  /// From the request to leave until the task is about to return to its own state.
  case fini = 6
  /// The return to its own state.
  case sigreturn = 7
  /// Taking the blob away.
  case unmap = 8
  /// Letting go.
  case detach = 9

  /// The name in files, filters and reports.
  package var name: String {
    switch self {
    case .seize: "seize"
    case .prepare: "prepare"
    case .infect: "infect"
    case .daemon: "daemon"
    case .commands: "commands"
    case .fini: "fini"
    case .sigreturn: "sigreturn"
    case .unmap: "unmap"
    case .detach: "detach"
    }
  }

  /// Finds a phase by its ``name``.
  package init?(name: String) {
    guard let phase = Phase.allCases.first(where: { $0.name == name }) else { return nil }
    self = phase
  }

  /// Orders by time.
  package static func < (left: Phase, right: Phase) -> Bool { left.rawValue < right.rawValue }
}
