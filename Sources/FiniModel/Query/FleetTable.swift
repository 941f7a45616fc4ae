/// A table of the rows that runs of many machines are collected by, in a database that is not ours.
///
/// The names are the contract with schema/fleet (FleetTests). Each row begins with ``key``, and the columns of
/// ``number`` tell the rows of one run apart.
package enum FleetTable: String, CaseIterable, Sendable {
  case runs, verdicts, tasks, explanations, diagnoses, phases, costs
  /// The view `timeline`: only where it is asked for, because it is most of a recording.
  case events

  /// What a column holds; whatever a file has in it, nothing else comes out.
  package enum Kind: Hashable, Sendable {
    case text, integer, real
  }

  /// A column.
  package struct Column: Hashable, Sendable {
    package var name: String
    package var kind: Kind
  }

  /// Machine and boot as digests, empty where they are not known, and the UUID of the run.
  package static let key = ["machine", "boot", "run"].map { Column(name: $0, kind: .text) }

  /// The columns after ``key`` that a row of a run is known by, the same at each export.
  package var number: [String] {
    switch self {
    case .runs, .explanations: []
    case .verdicts, .tasks: ["task"]
    case .diagnoses: ["number"]
    case .phases: ["task", "first_sequence"]
    case .costs: ["phase"]
    case .events: ["sequence"]
    }
  }

  /// The columns after ``key``, in order.
  package var columns: [Column] {
    words.split(separator: " ").map { word in
      let parts = word.split(separator: ":")
      let kind: Kind =
        switch parts.dropFirst().first {
        case "n": .integer
        case "r": .real
        default: .text
        }
      return Column(name: String(parts[0]), kind: kind)
    }
  }

  /// The columns: `:n` an integer, `:r` a real number, the others text.
  private var words: String {
    switch self {
    case .runs:
      "state source started_ns:n finished_ns:n duration_ns:n host kernel_release tool_version "
        + "tracer_version command_line exit_summary is_tree:n strategy_asked strategy_taken verdict "
        + "frozen_ns:n subject_tid:n subject_name event_count:n lost:n"
    case .verdicts:
      "task:n tid:n verdict caught summary calls:n stops:n signals:n frozen_ns:n fini_ns:n "
        + "fini_calls:n fini_stops:n intervening_stop intervening_signal code:n sender:n sender_user:n"
    case .tasks: "task:n tid:n thread_group:n start_ticks:n name outcome fini_verdict has_fini:n"
    case .explanations:
      "answer tid:n headline cause ptrace_part not_understood:n passed_over:n tool"
    case .diagnoses: "number:n cause entry certainty tid:n sentence is_harmless:n"
    case .phases:
      "task:n first_sequence:n last_sequence:n phase entered_ns:n took_ns:n calls:n stops:n"
    case .costs: "phase calls:n stops:n frozen_ns:n"
    case .events:
      "sequence:n at_ms:r took_us:r phase tracer:n tracee:n kind request detail stop address data "
        + "result:n error status signal code:n sender:n sender_user:n program_counter pending "
        + "shared_pending blocked value extra"
    }
  }
}
