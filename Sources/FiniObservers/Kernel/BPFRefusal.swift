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

  /// The capabilities that are missing; empty if something else stands in the way.
  package var missing: [String] {
    guard error == .notPermitted || error == .accessDenied else { return [] }
    return BPFRefusal.missing(of: OwnRights.current)
  }

  static func missing(of own: OwnRights?) -> [String] {
    if own?.has(.administration) == true { return [] }
    return [(OwnRights.Capability.bpf, "CAP_BPF"), (.performance, "CAP_PERFMON")]
      .filter { own?.has($0.0) != true }.map { $0.1 }
  }

  /// Cause and remedy in one line.
  package var message: String {
    remedy(for: OwnRights.current).map { "\(cause); \($0)" } ?? cause
  }

  /// What helps where rights are missing; `nil` if they are not (BPFRefusalTests).
  func remedy(for own: OwnRights?) -> String? {
    guard error == .notPermitted || error == .accessDenied, let own else { return nil }
    if own.isInUserNamespace { return OwnRights.namespaceRemedy }
    if BPFRefusal.missing(of: own).isEmpty { return nil }
    return own.user == 0
      ? "in a container start it with docker run --privileged --pid=host"
      : "run as root, or give the program cap_sys_ptrace, cap_bpf and cap_perfmon by setcap(8)"
  }

  /// The cause alone.
  package var cause: String {
    let isForbidden = error == .notPermitted || error == .accessDenied
    if isForbidden, OwnRights.current?.isInUserNamespace == true {
      return "the kernel may not be watched from inside a user namespace"
    }
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
