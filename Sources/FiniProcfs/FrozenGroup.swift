package import FiniModel

/// The cgroup that keeps a task frozen: until it is thawed, the task neither comes to a stop nor
/// leaves one.
///
/// docs/Decisions/0025 says what each freezer does to a tracer.
package struct FrozenGroup: Hashable, Sendable {
  /// The file that thaws it.
  package var file: String
  /// The word to write there.
  package var word: String

  /// The remedy, as a shell command.
  package var remedy: String { "echo \(word) > \(file)" }

  /// Finds the group; `nil` if the task is not frozen, or if no freezer is mounted here.
  package init?(of task: TaskID) {
    guard let groups = try? ProcFile.read("/proc/\(task)/cgroup") else { return nil }
    for mount in FrozenGroup.mounts {
      guard let path = mount.path(in: groups), let found = FrozenGroup(at: path, of: mount) else {
        continue
      }
      self = found
      return
    }
    return nil
  }

  private init?(at path: String, of mount: Mount) {
    let version = mount.version
    guard let state = try? ProcFile.read(path + version.stateFile), version.isFrozen(state) else {
      return nil
    }
    // A group is frozen if it or a group above it was told to freeze. That one has to be thawed.
    var place = path
    while place.count >= mount.point.count {
      if (try? ProcFile.word(place + version.orderFile)) == "1" { break }
      guard let slash = place.lastIndex(of: "/"), place.count > mount.point.count else {
        place = path
        break
      }
      place = String(place[..<slash])
    }
    file = place + version.thawFile
    word = version.thawWord
  }

  /// Where a freezer's files are.
  private struct Mount: Sendable {
    var version: Version
    var root: String
    var point: String

    /// The folder of a task's group, from the lines `NUMBER:CONTROLLERS:PATH` of its cgroup file.
    func path(in groups: [UInt8]) -> String? {
      for line in groups.split(separator: UInt8(ascii: "\n")) {
        let fields = line.split(
          separator: UInt8(ascii: ":"), maxSplits: 2, omittingEmptySubsequences: false
        ).map { String(decoding: $0, as: UTF8.self) }
        guard fields.count == 3, version.isMeant(by: fields[1]) else { continue }
        let below = root == "/" ? fields[2] : String(fields[2].dropFirst(root.count))
        guard root == "/" || fields[2].hasPrefix(root) else { return nil }
        return below == "/" ? point : point + below
      }
      return nil
    }
  }

  private enum Version: Sendable {
    case one, two

    /// Whether a line of the cgroup file belongs to this hierarchy, by its controllers.
    func isMeant(by controllers: String) -> Bool {
      switch self {
      case .one: controllers.split(separator: ",").contains("freezer")
      case .two: controllers.isEmpty
      }
    }

    var stateFile: String { self == .one ? "/freezer.state" : "/cgroup.events" }
    var orderFile: String { self == .one ? "/freezer.self_freezing" : "/cgroup.freeze" }
    var thawFile: String { self == .one ? "/freezer.state" : "/cgroup.freeze" }
    var thawWord: String { self == .one ? "THAWED" : "0" }

    func isFrozen(_ state: [UInt8]) -> Bool {
      let text = String(decoding: state, as: UTF8.self)
      switch self {
      case .one: return !text.hasPrefix("THAWED")
      case .two: return text.split(separator: "\n").contains("frozen 1")
      }
    }
  }

  /// The hierarchies that can freeze; see proc_pid_mountinfo(5).
  private static let mounts: [Mount] = {
    let text = String(decoding: (try? ProcFile.read("/proc/self/mountinfo")) ?? [], as: UTF8.self)
    return text.split(separator: "\n").compactMap { line in
      let halves = line.components(partedBy: " - ")
      guard let (head, tail) = halves else { return nil }
      let fields = head.split(separator: " ").map(String.init)
      let kind = tail.split(separator: " ").map(String.init)
      guard fields.count >= 5, kind.count >= 3 else { return nil }
      switch kind[0] {
      case "cgroup2": return Mount(version: .two, root: fields[3], point: fields[4])
      case "cgroup" where kind[2].split(separator: ",").contains("freezer"):
        return Mount(version: .one, root: fields[3], point: fields[4])
      default: return nil
      }
    }
  }()
}

extension Substring {
  /// The parts before and after a mark.
  fileprivate func components(partedBy mark: String) -> (Substring, Substring)? {
    var index = startIndex
    while index < endIndex {
      if self[index...].hasPrefix(mark) {
        return (self[..<index], self[self.index(index, offsetBy: mark.count)...])
      }
      index = self.index(after: index)
    }
    return nil
  }
}
