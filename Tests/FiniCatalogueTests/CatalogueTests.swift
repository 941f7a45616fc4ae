import FiniMessages
import FiniModel
import Testing

@testable import FiniCatalogue

/// The catalogue's own files, and what is found in a line.
struct CatalogueTests {
  static let catalogue = try? Catalogue(reading: CatalogueMessages.files)

  @Test("Every file of entries can be read, and no name stands twice")
  func files() throws {
    let catalogue = try Catalogue(reading: CatalogueMessages.files)
    #expect(catalogue.entries.count >= 120)
    var seen: Set<String> = []
    for entry in catalogue.entries {
      #expect(seen.insert(entry.name).inserted, "\(entry.name) stands twice")
    }
  }

  @Test("Each entry finds its own message, filled in as its program would")
  func ownMessage() throws {
    let catalogue = try #require(Self.catalogue)
    for entry in catalogue.entries where entry.conditions.isEmpty {
      let line = Self.filled(entry.format) + (entry.endsWithErrno ? ": Invalid argument" : "")
      let found = catalogue.match(line)
      // A more telling entry may stand for the same words.
      #expect(found != nil, "\(entry.name): \(line)")
      #expect(entry.pattern.captures(in: MessagePattern.words(line)) != nil, "\(entry.name)")
    }
  }

  /// printf with a word for each conversion.
  private static func filled(_ format: String) -> String {
    var text = ""
    var rest = format[...]
    while let percent = rest.firstIndex(of: "%") {
      text += rest[..<percent]
      rest = rest[rest.index(after: percent)...]
      if rest.first == "%" {
        text += "%"
        rest = rest.dropFirst()
        continue
      }
      let end =
        rest.firstIndex { $0.isLetter && !"hlLjzt".contains($0) }
        ?? rest.index(before: rest.endIndex)
      switch rest[end] {
      case "d", "i", "u", "x", "X", "p", "c": text += "7"
      default: text += "word"
      }
      rest = rest[rest.index(after: end)...]
    }
    return text + rest
  }

  @Test("What an entry says is short, ends without a full stop, and names only what it has")
  func sentences() throws {
    let catalogue = try #require(Self.catalogue)
    for entry in catalogue.entries {
      let count = entry.pattern.conversionCount - (entry.endsWithErrno ? 1 : 0)
      var spoken = entry.meaning
      for number in 1...9 {
        if number > count {
          let texts = ([entry.meaning] + entry.advice).filter { $0.contains("{\(number)}") }
          #expect(texts.isEmpty, "\(entry.name) has no {\(number)}")
        }
        spoken = spoken.replacing("{\(number)}", with: "12345")
      }
      #expect(spoken.count <= 120, "\(entry.name): \(spoken.count) characters")
      #expect(!spoken.hasSuffix("."), "\(entry.name)")
      if entry.kind == .error { #expect(!entry.advice.isEmpty, "\(entry.name) has no advice") }
    }
  }

  @Test(
    "Messages as they stand in logs, and the entries that they are",
    arguments: [
      (
        "inet: Connected TCP socket, consider using --tcp-established option.", "tcp-established"
      ),
      ("Can't fork for 8102: File exists", "restore-fork-pid-taken"),
      ("Dumping FAILED.", "dump-failed"),
      ("Unknown file lock: 3: LEASE  ACTIVE  READ 77 08:01:12 0 EOF", "lock-unknown-lease"),
      ("Unknown file lock: 3: NEW  ACTIVE  READ 77 08:01:12 0 EOF!", "lock-unknown-kind"),
      ("mnt: No mapping for 7:/data mountpoint", "restore-mount-no-mapping"),
      ("mnt: No mapping for /data mountpoint", "restore-mount-no-mapping-316"),
      (
        "cuda_plugin: Unable to read output of cuda-checkpoint: Interrupted system call",
        "cuda-interrupted"
      ),
      (
        "sys/kernel/ns_last_pid sysctl is inaccessible: Read-only file system",
        "start-sysctl-refused"
      ),
      (
        "strace: attach: ptrace(PTRACE_SEIZE, 12): Operation not permitted", "strace-attach-refused"
      ),
      ("strace: attach: ptrace(PTRACE_ATTACH, 12): No such process`", "strace-attach-gone"),
      ("12 is already being traced by process 13, detach that first.", "scanmem-traced"),
      // A message ends where a word ends.
      ("No inventory.img image", "restore-image-named"),
      ("No parent images directory provided", nil),
      // The beginning of a message, where enough of it is there, and no other one's.
      ("Can't create timers, kernel don't giv>", "restore-posix-timer-ids"),
      ("Can't create timers", nil),
      ("Can't create timers, kernel don't go", nil),
      (
        "sk unix: External socket found in image. Consider using the --ext-unix-sk option to allow restoring it.",
        "restore-unix-external"
      ),
      // What a message passes on, where that is a cause.
      (
        "Cannot checkpoint container c: unknown command checkpoint path= /x/criu-dump.log",
        "crun-no-checkpoint-command"
      ),
      ("Cannot checkpoint container c: it rains", "docker-cannot-checkpoint-terminal"),
    ] as [(String, String?)])
  func found(message: String, name: String?) throws {
    let catalogue = try #require(Self.catalogue)
    #expect(catalogue.match(message)?.entry.name == name)
  }

  @Test(
    "A message of a module of CRIU is known without the module's name, as old versions write it",
    arguments: [
      ("netlink: The socket has data to read", "netlink-data"),
      ("The socket has data to read", "netlink-data"),
      // The same words of another module are another message.
      ("vsock: The socket has data to read", nil),
      ("Half of it: The socket has data to read", nil),
    ] as [(String, String?)])
  func withoutModule(message: String, name: String?) throws {
    let catalogue = try #require(Self.catalogue)
    #expect(catalogue.match(message)?.entry.name == name)
  }

  @Test("What has the module's name says more, whatever stands first")
  func moduleCounts() throws {
    let entry = { (name: String, message: String) in
      """
      name: \(name)
      tool: criu
      versions: 3.0-
      message: \(message)
      stage: files
      means: It is {1}.
      do: Nothing.

      """
    }
    let long = "tty: Can't open the thing %s"
    let short = "net: Can't open the thing %s"
    for texts in [[long, short], [short, long]] {
      let catalogue = try Catalogue(reading: [
        (name: "t", text: texts.map { entry(String($0.prefix(3)), $0) }.joined(separator: "\n"))
      ])
      #expect(catalogue.match("tty: Can't open the thing x")?.entry.name == "tty")
      #expect(catalogue.match("net: Can't open the thing x")?.entry.name == "net")
      #expect(catalogue.match("Can't open the thing x")?.captures == ["x"])
    }
    // Too little would be left of these, or what stands before is no module.
    #expect(MessagePattern.withoutModule("tty: No room", endsWithError: false) == nil)
    #expect(
      MessagePattern.withoutModule("Can't open: the whole thing", endsWithError: false) == nil)
    #expect(MessagePattern.withoutModule("%s: the whole long thing", endsWithError: false) == nil)
  }
}
