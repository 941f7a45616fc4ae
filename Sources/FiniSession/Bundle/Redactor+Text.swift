/// What a line of text becomes: a line of a log, or a sentence of a report.
///
/// A line has no columns: what is private is found by its form (paths, addresses of hosts, strings of strace,
/// `NAME=value`, words of hexadecimal digits) and by names that were found elsewhere.
extension Redactor {
  private static let quote = UInt8(ascii: "\"")
  private static let slash = UInt8(ascii: "/")
  private static let equals = UInt8(ascii: "=")
  /// What ends a word of a line.
  private static let delimiters: Set<UInt8> = Set(" \t\r\n\"'`()[]{}<>,;|=*".utf8)
  /// What may stand after a word without being of it.
  private static let trailing: Set<UInt8> = Set(".:!?".utf8)

  /// Takes out of a line what is private.
  mutating func text(_ line: String) -> String {
    var line = line
    for name in otherNames where line.contains(name) {
      let made = placeholder(kind(of: name) ?? .task, for: name)
      line = line.split(separator: name, omittingEmptySubsequences: false).joined(separator: made)
    }
    let bytes = Array(line.utf8)
    let isCall = Redactor.isCall(bytes)
    var out: [UInt8] = []
    out.reserveCapacity(bytes.count)
    var place = 0
    while place < bytes.count {
      let byte = bytes[place]
      // A string of a call that was cut off goes to the end of the line.
      let last = isCall ? bytes.count : nil
      if byte == Redactor.quote, let end = Redactor.endOfQuoted(bytes, from: place) ?? last {
        let inner = String(decoding: bytes[place + 1..<end], as: UTF8.self)
        // Buffers, arguments, the environment. Elsewhere quotes are around messages, or around a name.
        let kind: Kind? = isCall ? .string : inner.hasPrefix("/") ? .path : nil
        if let kind, !inner.isEmpty, !(kind == .path && Redactor.isPublicPath(inner)) {
          out += Array("\"\(placeholder(kind, for: inner))\"".utf8)
          place = end + 1
          continue
        }
      }
      if Redactor.delimiters.contains(byte) {
        out.append(byte)
        place += 1
        continue
      }
      var end = place
      while end < bytes.count, !Redactor.delimiters.contains(bytes[end]) { end += 1 }
      let chunk = bytes[place..<end]
      place = end
      if Redactor.isVariable(chunk), end + 1 < bytes.count, bytes[end] == Redactor.equals,
        bytes[end + 1] != Redactor.equals, !Redactor.delimiters.contains(bytes[end + 1])
      {
        var last = end + 1
        while last < bytes.count, !Redactor.delimiters.contains(bytes[last]) { last += 1 }
        let value = String(decoding: bytes[end + 1..<last], as: UTF8.self)
        out += Array(chunk) + [Redactor.equals] + Array(placeholder(.environment, for: value).utf8)
        place = last
        continue
      }
      out += self.chunk(chunk)
    }
    return String(decoding: out, as: UTF8.self)
  }

  /// Learns the names that the form of a line shows.
  mutating func learn(line: String) {
    // CRIU's log begins with the kernel's name of the machine.
    if let words = line.firstRange(of: "Running on "),
      let host = line[words.upperBound...].split(separator: " ").first,
      line[host.endIndex...].hasPrefix(" Linux ")
    {
      learn(String(host), as: .host)
    }
    let words = line.split(separator: " ", maxSplits: 6)
    // syslog, and journalctl in its formats: a time, the host, a program and its number.
    for place in [2, 4] where words.count > place {
      let program = words[place]
      guard program.hasSuffix("]:"), program.contains("["),
        words[..<(place - 1)].contains(where: { $0.contains(":") })
      else { continue }
      learn(String(words[place - 1]), as: .host)
    }
    for folder in ["/home/", "/Users/", "/run/user/"] {
      for rest in line.split(separator: folder, omittingEmptySubsequences: false).dropFirst() {
        let name = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || "_-.".contains($0)) }
        learn(String(name), as: .user)
      }
    }
  }

  // MARK: One word of a line

  private mutating func chunk(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    var body = bytes
    var tail: [UInt8] = []
    while let last = body.last, Redactor.trailing.contains(last), body.count > 1 {
      tail.insert(last, at: 0)
      body.removeLast()
    }
    let text = String(decoding: body, as: UTF8.self)
    if let made = whole(text, body) { return Array(made.utf8) + tail }
    return pieces(body) + tail
  }

  /// What the form of a word tells; `nil`: nothing.
  private mutating func whole(_ text: String, _ bytes: ArraySlice<UInt8>) -> String? {
    if let kind = kind(of: text) { return placeholder(kind, for: text) }
    if text.contains("://") { return placeholder(.path, for: text) }
    if bytes.contains(Redactor.slash) {
      return Redactor.isPath(text, bytes) ? placeholder(.path, for: text) : nil
    }
    if text.hasPrefix("~"), bytes.count > 1 { return placeholder(.path, for: text) }
    if let at = bytes.firstIndex(of: UInt8(ascii: "@")), at > bytes.startIndex,
      at < bytes.endIndex - 1
    {
      return placeholder(.user, for: text)
    }
    if Redactor.isNetworkAddress(text, bytes) { return placeholder(.host, for: text) }
    if Redactor.isIdentifier(bytes) { return placeholder(.identifier, for: text) }
    return nil
  }

  /// A word piece by piece: names within it, and words of 64 bits.
  private mutating func pieces(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    var out: [UInt8] = []
    var place = bytes.startIndex
    while place < bytes.endIndex {
      guard bytes[place].isWord else {
        out.append(bytes[place])
        place += 1
        continue
      }
      var end = place
      while end < bytes.endIndex, bytes[end].isWord { end += 1 }
      out += piece(bytes[place..<end])
      place = end
    }
    return out
  }

  private mutating func piece(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    let text = String(decoding: bytes, as: UTF8.self)
    if let kind = kind(of: text) { return Array(placeholder(kind, for: text).utf8) }
    let hasPrefix = text.hasPrefix("0x") && bytes.count > 2
    let digits = hasPrefix ? bytes.dropFirst(2) : bytes
    guard digits.allSatisfy(\.isHexDigit) else { return Array(bytes) }
    // Without 0x it may be a number of ten: a time, a size, a process.
    guard hasPrefix || digits.count >= 8 && digits.contains(where: \.isLetter) else {
      return Array(bytes)
    }
    guard digits.count <= 16, let word = UInt64(String(decoding: digits, as: UTF8.self), radix: 16)
    else { return Array(placeholder(.identifier, for: text).utf8) }
    let changed = words.word(word)
    if changed == word { return Array(bytes) }
    count(.register)
    return Array(((hasPrefix ? "0x" : "") + String(changed, radix: 16)).utf8)
  }

  // MARK: Forms

  /// Whether strace wrote it: a name and an opening parenthesis come before the first blank of the call.
  private static func isCall(_ bytes: [UInt8]) -> Bool {
    // The rest of a call, after a number of a process and a time, has no parenthesis of its own.
    if String(decoding: bytes.prefix(80), as: UTF8.self).contains("<... ") { return true }
    guard let open = bytes.firstIndex(of: UInt8(ascii: "(")), open > 0 else { return false }
    var start = open
    while start > 0, bytes[start - 1].isWord { start -= 1 }
    guard start < open, bytes[start].isLetter else { return false }
    // Before it only a number of a process and a time.
    return bytes[..<start].allSatisfy {
      $0.isDigit || " \t[]:.pid".utf8.contains($0)
    }
  }

  private static func endOfQuoted(_ bytes: [UInt8], from start: Int) -> Int? {
    var place = start + 1
    while place < bytes.count {
      if bytes[place] == UInt8(ascii: "\\") {
        place += 2
        continue
      }
      if bytes[place] == quote { return place }
      place += 1
    }
    return nil
  }

  /// What a secret is called in whatever letters.
  private static let secretNames: Set<String> = [
    "password", "passwd", "secret", "token", "apikey", "api_key", "auth", "authorization",
  ]

  private static func isVariable(_ bytes: ArraySlice<UInt8>) -> Bool {
    guard bytes.count > 2, let first = bytes.first, first.isLetter else { return false }
    if secretNames.contains(String(decoding: bytes, as: UTF8.self).lowercased()) { return true }
    return bytes.allSatisfy {
      (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) || $0.isDigit || $0 == UInt8(ascii: "_")
    }
  }

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
  private static func isPublicPath(_ text: String) -> Bool {
    let parts = text.split(separator: "/")
    guard text.hasPrefix("/"), let first = parts.first else { return text == "/" }
    guard publicFolders.contains(String(first)) else { return false }
    return parts.dropFirst().allSatisfy {
      publicParts.contains(String($0)) || $0.utf8.allSatisfy(\.isDigit)
    }
  }

  private static func isPath(_ text: String, _ bytes: ArraySlice<UInt8>) -> Bool {
    if text.hasPrefix("/") { return !isPublicPath(text) && text.utf8.count > 1 }
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

  private static func isNetworkAddress(_ text: String, _ bytes: ArraySlice<UInt8>) -> Bool {
    let bare = text.split(separator: ":", omittingEmptySubsequences: false)
    let dotted = bare.first?.split(separator: ".", omittingEmptySubsequences: false) ?? []
    if bare.count <= 2, dotted.count == 4,
      dotted.allSatisfy({ (1...3).contains($0.utf8.count) && $0.utf8.allSatisfy(\.isDigit) })
    {
      return true
    }
    // Version 6, and the addresses of network devices; a time has two colons.
    let isHex = bytes.allSatisfy { $0.isHexDigit || $0 == UInt8(ascii: ":") }
    return isHex && (bare.count > 4 || bare.count > 2 && text.contains("::"))
  }

  /// A UUID, or a digest of more digits than a word has: containers and images are called so.
  private static func isIdentifier(_ bytes: ArraySlice<UInt8>) -> Bool {
    let dash = UInt8(ascii: "-")
    let digits = bytes.filter { $0 != dash }
    guard digits.count > 16, digits.allSatisfy(\.isHexDigit) else { return false }
    let isRange = bytes.contains(dash) && digits.count != 32
    return !isRange && digits.contains(where: \.isLetter)
  }
}
