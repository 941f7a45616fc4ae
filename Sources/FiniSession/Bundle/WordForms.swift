/// What the form of a word of a line tells, whatever stands around it.
enum WordForms {
  private static let slash = UInt8(ascii: "/")

  /// What it is; `nil`: nothing that is private by its form.
  static func kind(of bytes: ArraySlice<UInt8>) -> Redactor.Kind? {
    var marks = Marks()
    for byte in bytes { marks.take(byte) }
    guard marks.hasOther || bytes.count > 16 else { return nil }
    // An address of mail, a user of a host; an abstract socket.
    if marks.hasAt, let at = bytes.firstIndex(of: UInt8(ascii: "@")), at < bytes.endIndex - 1 {
      return at == bytes.startIndex ? .path : marks.hasSlash ? .path : .user
    }
    if isNetworkAddress(bytes) { return .host }
    if marks.hasSlash {
      return isPath(String(decoding: bytes, as: UTF8.self), bytes) ? .path : nil
    }
    if bytes.first == UInt8(ascii: "~"), bytes.count > 1 { return .path }
    if isIdentifier(bytes) || isMixed(bytes, marks) { return .identifier }
    return nil
  }

  /// Which bytes a word has.
  private struct Marks {
    var hasSlash = false
    var hasAt = false
    var hasOther = false
    var hasUpper = false
    var hasLower = false
    var hasDigit = false

    mutating func take(_ byte: UInt8) {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"): hasLower = true
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): hasUpper = true
      case UInt8(ascii: "0")...UInt8(ascii: "9"): hasDigit = true
      case UInt8(ascii: "/"): (hasSlash, hasOther) = (true, true)
      case UInt8(ascii: "@"): (hasAt, hasOther) = (true, true)
      default: hasOther = true
      }
    }
  }

  // MARK: Identifiers

  /// No word of a message has so many letters of both cases and digits mixed: a token, a key.
  private static let shortestMixed = 20

  private static func isMixed(_ bytes: ArraySlice<UInt8>, _ marks: Marks) -> Bool {
    bytes.count >= shortestMixed && marks.hasUpper && marks.hasLower && marks.hasDigit
      && bytes.allSatisfy { $0.isWord || "-.+".utf8.contains($0) }
  }

  /// A UUID, or a digest of more digits than a word has: containers and images are called so.
  private static func isIdentifier(_ bytes: ArraySlice<UInt8>) -> Bool {
    let dash = UInt8(ascii: "-")
    guard bytes.count > 16 else { return false }
    let digits = bytes.filter { $0 != dash }
    guard digits.count > 16, digits.allSatisfy(\.isHexDigit) else { return false }
    let isRange = bytes.contains(dash) && digits.count != 32
    return !isRange && digits.contains(where: \.isLetter)
  }

  // MARK: Addresses

  private static func isNetworkAddress(_ whole: ArraySlice<UInt8>) -> Bool {
    // A network has the length of its prefix behind it.
    var bytes = whole
    if let place = whole.firstIndex(of: slash) {
      let length = whole[(place + 1)...]
      guard !length.isEmpty, length.count <= 3, length.allSatisfy(\.isDigit) else { return false }
      bytes = whole[..<place]
    }
    let bare = bytes.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    let dotted = bare.first?.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    if bare.count <= 2, let dotted, dotted.count == 4,
      dotted.allSatisfy({ (1...3).contains($0.count) && $0.allSatisfy(\.isDigit) })
    {
      return true
    }
    // Version 6, and the addresses of network devices; a time has two colons.
    guard bare.count > 2 else { return false }
    let isHex = bytes.allSatisfy { $0.isHexDigit || $0 == UInt8(ascii: ":") }
    return isHex && (bare.count > 4 || bare.dropFirst().dropLast().contains { $0.isEmpty })
  }

  // MARK: Paths

  private static let publicFolders: Set<String> = ["proc", "dev", "sys"]
  private static let publicParts: Set<String> = [
    "auxv", "cgroup", "children", "cmdline", "comm", "cpuinfo", "environ", "exe", "fd", "fdinfo",
    "io", "kernel", "limits", "map_files", "maps", "mem", "meminfo", "mountinfo", "mounts", "net",
    "ns", "null", "pagemap", "pid", "ptmx", "pts", "random", "root", "self", "setgroups", "shm",
    "smaps", "stat", "statm", "status", "syscall", "task", "timers", "tty", "uid_map", "gid_map",
    "urandom", "wchan", "zero", "yama", "ptrace_scope", "oom_score_adj", "loginuid", "cwd", "fs",
    "user", "uts", "ipc", "mnt", "time", "stack", "sessionid",
  ]

  /// A path of the kernel's own files, with numbers of processes.
  static func isPublicPath(_ text: String) -> Bool {
    let parts = text.split(separator: "/")
    guard text.hasPrefix("/"), let first = parts.first else { return text == "/" }
    guard publicFolders.contains(String(first)) else { return false }
    return parts.dropFirst().allSatisfy {
      publicParts.contains(String($0)) || $0.utf8.allSatisfy(\.isDigit)
    }
  }

  private static func isPath(_ text: String, _ bytes: ArraySlice<UInt8>) -> Bool {
    if bytes.first == slash { return !isPublicPath(text) && bytes.count > 1 }
    if !bytes.contains(where: \.isLetter) { return false }
    // I/O, n/a, tcp/udp: two short words of a message. A place in a source: criu/files.c:123.
    let parts = text.split(separator: "/")
    if parts.count == 2, parts.allSatisfy({ $0.utf8.count <= 4 && !$0.contains(".") }) {
      return false
    }
    let file = text.split(separator: ":").first ?? ""
    let roots = ["criu", "compel", "soccr", "lib", "images", "plugins", "coredump", "test"]
    if file.hasSuffix(".c") || file.hasSuffix(".h"), let root = parts.first,
      roots.contains(String(root))
    {
      return false
    }
    return true
  }
}
