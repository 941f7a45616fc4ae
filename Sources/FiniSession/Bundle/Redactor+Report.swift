internal import Glibc

extension Redactor.Kind {
  /// What it is, for people.
  fileprivate var words: String {
    switch self {
    case .argument: "arguments of command lines"
    case .environment: "values of NAME=value, as the environment has them"
    case .path: "paths, URLs and names of files"
    case .host: "names and addresses of hosts"
    case .user: "names of users, and addresses of mail"
    case .task: "names of processes"
    case .string:
      "strings in calls that strace wrote: arguments, environment, what was read and written"
    case .secret: "secrets: what is after a word like `--token`, `password=` or `Bearer`"
    case .identifier:
      "identifiers: UUIDs, digests such as those of containers, and long words of letters and digits mixed"
    case .register: "words of registers, of signals' values, and other words of hexadecimal digits"
    case .memory: "words of memory that were read or written"
    case .digest: "digests of the extended state"
    }
  }
}

extension Redactor {
  /// What REDACTED.md says where nothing is taken out.
  static let reportOfNothing = """
    # Nothing was taken out

    This bundle was made with `--no-redact`: command lines, paths, names of hosts, users and processes, registers and words of memory
    are in it as they were recorded.

    """

  /// Learns how this machine and this user are called.
  mutating func learnThisMachine() {
    var name = [CChar](repeating: 0, count: 256)
    if unsafe gethostname(&name, name.count - 1) == 0 {
      let host = String(
        decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      learn(host, as: .host)
      if let short = host.split(separator: ".").first { learn(String(short), as: .host) }
    }
    for variable in ["USER", "LOGNAME", "SUDO_USER"] {
      if let user = Terminal.variable(variable) { learn(user, as: .user) }
    }
    if let entry = unsafe getpwuid(getuid()), let user = unsafe entry.pointee.pw_name {
      learn(unsafe String(cString: user), as: .user)
    }
  }

  /// What was taken out, with counts, and what was not: REDACTED.md.
  func report(_ differing: [String]) -> String {
    var rows = ""
    for kind in Kind.allCases {
      guard let count = counts[kind], count.times > 0 else { continue }
      let distinct: String
      let written: String
      switch kind {
      case .register:
        (distinct, written) = ("\(words.distinct)", "`0x5eda...` and a number")
      case .memory:
        (distinct, written) = ("at \(words.addressCount) addresses", "its order at that address")
      case .digest: (distinct, written) = ("", "`0x5eda...` and a number")
      default: (distinct, written) = ("\(count.distinct)", "`\(kind.rawValue)-N`")
      }
      rows += "| \(kind.words) | \(count.times) | \(distinct) | \(written) |\n"
    }
    let same =
      differing.isEmpty
      ? "Each run was read again without it: its verdict is the same, and so is the first sentence of `explain`."
      : differing.map { "- \($0)" }.joined(separator: "\n")
    return """
      # What was taken out

      | what | times | different ones | now |
      |---|---|---|---|
      \(rows)
      What was equal is equal still: the same path is the same `path-N` everywhere in this bundle. A placeholder is the same thing in no
      other bundle.

      \(same)

      ## What is left

      - Numbers of processes and users, times, sizes, names of signals and of calls, releases of the kernel, what a log says otherwise.
      - Addresses: where a task was, its stack, what was poked. Words below 65536, whole pages, sizes of calls for memory, and words within 64 KiB of these.
      - Names of tracers and of programs that start them: criu, podman, runc and such.
      - Files of the kernel: /proc/4711/maps, /dev/null.

      ## What can't be found

      - A name that stands in a log alone, in no column, after no `/home/` and in no string of a call, is a word like others.
      - A number of ten digits or fewer without `0x` is a number: no register is looked for in it.
      - \(kept.count) names of processes or arguments are also words of messages (such as `dump`), and stay in lines of logs.

      Read the bundle before you send it: `tar xf` opens it, and all in it is text but recording.db, which
      `sqlite3 recording.db .dump` shows.

      """
  }
}
