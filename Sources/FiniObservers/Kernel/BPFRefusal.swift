package import FiniModel
internal import FiniProcfs

/// Why the kernel can't be watched from inside.
package struct BPFRefusal: Error, Hashable, Sendable {
  /// How much of the loading was done.
  package enum Stage: Int32, Sendable {
    case offsets = 1
    case open = 2
    case load = 3
    case attach = 4
    case ring = 5
  }

  /// What the program stands on, as the kernel was asked for it.
  package enum Feature: Int32, Sendable, CaseIterable {
    case call = 1
    case rawTracepoint = 2
    case ringBuffer = 3
    case kernelRead = 4
    case userRead = 5

    /// Its name, and the setting of the kernel that it depends on.
    var words: String {
      switch self {
      case .call: "bpf(2), CONFIG_BPF_SYSCALL"
      case .rawTracepoint: "BPF programs on raw tracepoints, CONFIG_BPF_EVENTS"
      case .ringBuffer: "the BPF ring buffer, BPF_MAP_TYPE_RINGBUF"
      case .kernelRead: "bpf_probe_read_kernel, which lockdown takes away"
      case .userRead: "bpf_probe_read_user"
      }
    }
  }

  /// How far it came.
  package var stage: Stage
  /// The error.
  package var error: Errno
  /// What the kernel was found to lack; `nil` if everything that was asked for is there.
  package var lacking: Feature?
  /// What libbpf and the kernel said of it, raw and of many lines.
  package var detail: String

  /// Capabilities by their numbers; see capabilities(7).
  private static let bpf = 39
  private static let perfmon = 38
  private static let systemAdministration = 21

  /// The capabilities that are missing; empty if something else stands in the way.
  package var missing: [String] {
    guard error == .notPermitted || error == .accessDenied else { return [] }
    let own = (try? TaskStatus(parsing: ProcFile.read("/proc/self/status")))?.effectiveCapabilities
    return BPFRefusal.missing(among: own ?? 0)
  }

  static func missing(among capabilities: UInt64) -> [String] {
    func has(_ number: Int) -> Bool { capabilities >> UInt64(number) & 1 != 0 }
    if has(systemAdministration) { return [] }
    return [(bpf, "CAP_BPF"), (perfmon, "CAP_PERFMON")].filter { !has($0.0) }.map { $0.1 }
  }

  /// Cause and remedy in one line.
  package var message: String { missing.isEmpty ? cause : cause + "; run as root" }

  /// The cause alone.
  package var cause: String {
    let missing = missing
    if !missing.isEmpty {
      return
        "the kernel may not be watched from inside without \(missing.joined(separator: " and "))"
    }
    return causeBesideRights
  }

  /// The cause where no capability is missing.
  var causeBesideRights: String {
    if let lacking { return "the kernel lacks \(lacking.words) (\(error))" }
    let told = LoadLog(detail)
    switch stage {
    case .offsets where told.refused == nil:
      return "where a task's number lies in the kernel is not to be found out, and the kernel lacks"
        + " BTF, CONFIG_DEBUG_INFO_BTF (\(error))"
    case .offsets, .load: return told.cause(error)
    case .open: return "the BPF program is not readable (\(error))"
    case .attach:
      let name = told.tracepoint ?? "one"
      // ENOENT is what the kernel says of a name that it doesn't know.
      return error.rawValue == 2
        ? "the kernel lacks the tracepoint \(name) (\(error))"
        : "the kernel refuses the tracepoint \(name) (\(error))"
    case .ring: return "the BPF ring buffer can't be mapped (\(error))"
    }
  }
}
