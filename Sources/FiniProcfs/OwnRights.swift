/// What this process may do to others, as `/proc/self` tells it; see capabilities(7) and user_namespaces(7).
package struct OwnRights: Hashable, Sendable {
  /// A capability, by its number.
  package enum Capability: UInt64, Sendable {
    case ptrace = 19
    case administration = 21
    case performance = 38
    case bpf = 39
  }

  /// The effective user.
  package var user: UInt32
  /// `CapEff`.
  package var capabilities: UInt64
  /// Whether it is in a user namespace of its own: what capabilities it has do not count outside.
  package var isInUserNamespace: Bool
  /// Whether it is under seccomp.
  package var isFiltered: Bool

  /// Names them.
  package init(
    user: UInt32, capabilities: UInt64, isInUserNamespace: Bool = false, isFiltered: Bool = false
  ) {
    self.user = user
    self.capabilities = capabilities
    self.isInUserNamespace = isInUserNamespace
    self.isFiltered = isFiltered
  }

  /// Those of this process; `nil` without a /proc.
  package static var current: OwnRights? {
    guard let own = try? TaskStatus(parsing: ProcFile.read("/proc/self/status")) else { return nil }
    let map = try? ProcFile.read("/proc/self/uid_map")
    return OwnRights(
      user: own.effectiveUser, capabilities: own.effectiveCapabilities,
      isInUserNamespace: map.map { !isFirst(map: $0) } ?? false, isFiltered: own.seccomp != 0)
  }

  /// Whether a `uid_map` is that of the first user namespace: every user is itself.
  static func isFirst(map: [UInt8]) -> Bool {
    let words = map.split { $0 == 0x20 || $0 == 0x0a }.map { String(decoding: $0, as: UTF8.self) }
    return words == ["0", "0", "4294967295"]
  }

  /// Whether it has a capability, in its own user namespace at least.
  package func has(_ capability: Capability) -> Bool {
    capabilities >> capability.rawValue & 1 != 0
  }

  /// How much it may do to a process that is not its own.
  package enum Standing: Sendable {
    /// It has CAP_SYS_PTRACE everywhere.
    case capable
    /// It has what it has in its user namespace alone.
    case inUserNamespace
    /// It is root, and the capability was taken from it, as container managers do.
    case confinedRoot
    /// It is another user.
    case user
  }

  /// How much it may do to a process that is not its own.
  package var standing: Standing {
    if isInUserNamespace { return .inUserNamespace }
    if has(.ptrace) { return .capable }
    return user == 0 ? .confinedRoot : .user
  }

  /// What a container is to be started with, so that what it holds may be traced.
  package static let containerRemedy =
    "in a container start it with docker run --cap-add SYS_PTRACE (or --privileged --pid=host)"
  /// The same where a seccomp profile stands in the way.
  package static let seccompRemedy =
    "in a container start it with docker run --cap-add SYS_PTRACE --security-opt seccomp=unconfined"
    + " (or --privileged --pid=host)"
  /// What makes up for being in a user namespace.
  package static let namespaceRemedy =
    "run it as root outside of the namespace (a rootless container is in one)"
}
