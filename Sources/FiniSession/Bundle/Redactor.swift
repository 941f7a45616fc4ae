internal import FiniStore
internal import FiniTimeline

/// Takes out of a recording and of logs what is private, and keeps what is equal equal.
///
/// Each distinct path, host or name becomes one placeholder (`path-3`), everywhere. It is asked for all rows and
/// lines once to learn the names (``learn(_:)``), and then again to change them.
package struct Redactor {
  /// What is taken out.
  enum Kind: String, CaseIterable {
    case argument = "arg"
    case environment = "env"
    case path
    case host
    case user
    case task
    case string = "text"
    case secret
    case identifier = "id"
    case register
    case memory
    case digest
  }

  /// How often something was taken out, and how many different ones.
  struct Count {
    var times = 0
    var distinct = 0
  }

  private(set) var counts: [Kind: Count] = [:]
  /// Names that are words of messages as well: lines of logs keep them.
  private(set) var kept: Set<String> = []

  private var placeholders: [Kind: [String: String]] = [:]
  /// All placeholders: what was taken out once is not taken out again.
  private var made: Set<String> = []
  /// Names that were found somewhere, and are taken out wherever they stand.
  private(set) var names = FoundNames()
  var words = RedactedWords()

  /// Programs that a report is about: their names say nothing of a user.
  static let knownPrograms: Set<String> = [
    "containerd", "containerd-shim", "conmon", "cri-o", "criu", "crun", "docker", "dockerd",
    "fini-trace", "gdb", "kubelet", "lldb", "ltrace", "perf", "podman", "runc", "strace", "systemd",
  ]
  private static let publicNames: Set<String> = ["root", "localhost", "nobody", "localdomain"]

  /// Nothing is known yet.
  package init() {}

  /// The placeholder of a text.
  mutating func placeholder(_ kind: Kind, for text: String) -> String {
    if made.contains(text) { return text }
    counts[kind, default: Count()].times += 1
    if let known = placeholders[kind]?[text] { return known }
    let number = counts[kind, default: Count()].distinct + 1
    counts[kind, default: Count()].distinct = number
    let new = "\(kind.rawValue)-\(number)"
    placeholders[kind, default: [:]][text] = new
    made.insert(new)
    return new
  }

  /// Counts words that were taken out.
  mutating func count(_ kind: Kind) { counts[kind, default: Count()].times += 1 }

  /// Remembers a name; what is known to be public, a number, or a single letter is none.
  mutating func learn(_ name: String, as kind: Kind) {
    let lower = name.lowercased()
    guard name.utf8.count > 1, !Redactor.knownPrograms.contains(lower),
      !Redactor.publicNames.contains(lower), !name.utf8.allSatisfy(\.isDigit)
    else { return }
    if MessageWords.all.contains(lower) {
      kept.insert(name)
      return
    }
    names.add(name, as: kind)
  }

  /// The name of a task in its own column, where nothing else can be meant.
  mutating func taskName(_ name: String) -> String {
    if name.isEmpty || Redactor.knownPrograms.contains(name.lowercased()) { return name }
    return placeholder(names[name] ?? .task, for: name)
  }

  /// A command line: the name of this program and of its command, and nothing else.
  mutating func commandLine(_ line: String) -> String {
    var words = line.split(separator: " ").map(String.init)
    for index in words.indices {
      let last = words[index].split(separator: "/").last.map(String.init) ?? words[index]
      if index == 0, last == "fini-trace" { words[index] = last; continue }
      if index == 1, words[0] == "fini-trace", ["record", "import"].contains(last) { continue }
      if words[index] == "--" { continue }
      if Redactor.knownPrograms.contains(words[index]) { continue }
      words[index] = placeholder(.argument, for: words[index])
    }
    return words.joined(separator: " ")
  }

  /// Learns the words of a command line: an argument is taken out of logs as well.
  mutating func learnCommandLine(_ line: String) {
    for word in line.split(separator: " ") {
      for part in [word] + word.split(separator: "=") where part.utf8.count > 2 {
        let bare = part.drop { $0 == "-" }
        // An option is a word of its program. What is after = is not.
        if part.hasPrefix("-") || bare.hasPrefix("/") { continue }
        learn(String(bare), as: .argument)
      }
    }
  }
}

extension UInt8 {
  var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
  var isLetter: Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20)
  }
  /// A letter, a digit or `_`; bytes of other scripts are letters.
  var isWord: Bool { isLetter || isDigit || self == UInt8(ascii: "_") || self >= 0x80 }
  var isHexDigit: Bool {
    isDigit || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(self | 0x20)
  }
}
