public import FiniModel
internal import FiniProcfs

/// Why the kernel can't be watched from inside.
public struct BPFRefusal: Error, Hashable, Sendable {
  /// How far the loading came.
  public enum Stage: Int32, Sendable {
    case offsets = 1
    case open = 2
    case load = 3
    case attach = 4
    case ring = 5
  }

  /// How far it came.
  public var stage: Stage
  /// The error.
  public var error: Errno
  /// What libbpf and the kernel said of it, raw and of many lines.
  public var detail: String

  /// Capabilities by their numbers; see capabilities(7).
  private static let bpf = 39
  private static let perfmon = 38
  private static let systemAdministration = 21

  /// The capabilities that are missing; empty if something else stands in the way.
  public var missing: [String] {
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
  public var message: String { missing.isEmpty ? cause : cause + "; run as root" }

  /// The cause alone.
  public var cause: String {
    let missing = missing
    if !missing.isEmpty {
      return
        "the kernel may not be watched from inside without \(missing.joined(separator: " and "))"
    }
    let doing: String
    switch stage {
    case .offsets: doing = "the layout of the kernel's tasks is not to be found out"
    case .open: doing = "the BPF program is not readable"
    case .load: doing = "the kernel refuses the BPF program"
    case .attach: doing = "the kernel lacks a tracepoint"
    case .ring: doing = "the BPF ring buffer can't be mapped"
    }
    return "\(doing) (\(error)); BPF needs Linux 5.8 or later with CONFIG_BPF_SYSCALL"
  }
}
