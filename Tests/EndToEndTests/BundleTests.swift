import FiniTestSupport
import Foundation
import Testing

/// One file for a bug report: it says the same, without what is private.
@Suite("Bundles", .serialized)
struct BundleTests {
  private static let fixtures = House.root + "/Tests/Fixtures/"

  private func headline(_ tool: Tool, _ file: String) -> String {
    tool.run("explain", file).out.split(separator: "\n\n").first.map(String.init) ?? ""
  }

  private func unpacked(_ tool: Tool, _ bundle: String) -> String {
    let folder = bundle + ".d"
    let open = tool.run("bundle", "--open", bundle, "-o", folder)
    #expect(open.status == 0, "\(open.err)")
    return folder
  }

  @Test(arguments: [
    "good.strace.gz", "sigtrap.strace.gz", "sigtrap.log.gz", "lost-breakpoint.log.gz",
    "misuse-patched.strace.gz", "misuse-poked.strace.gz", "misuse-half.strace.gz", "gdb.strace.gz",
    "misuse-mask.strace.gz", "misuse-skip.strace.gz", "restore-taken.log.gz", "killed.log.gz",
  ])
  func `what was taken out of a run changes no answer`(log: String) throws {
    let tool = try Tool()
    let file = tool.folder + "/failed.db"
    #expect(tool.run("import", BundleTests.fixtures + log, "-o", file).status == 0)
    let bundle = tool.folder + "/report.tar"
    let made = tool.run("bundle", file, "-o", bundle)
    #expect(made.status == 0 && !made.err.contains("differently"), "\(made.err)")
    let copy = unpacked(tool, bundle) + "/recording.db"
    for command in ["check", "explain"] {
      #expect(tool.run(command, copy).status == tool.run(command, file).status, "\(command)")
    }
    let pattern = "(path|task|host|user|arg|id)-[0-9]+"
    func bare(_ text: String) -> String {
      text.replacingOccurrences(of: pattern, with: "@", options: .regularExpression)
    }
    // A name of the fixtures' folder and of their victims is all that a headline may have of its own.
    let words = headline(tool, file).replacingOccurrences(
      of: "/tmp/fini-fixtures[^ ,;)]*|sleeping|called|misuses", with: "@",
      options: .regularExpression)
    #expect(bare(headline(tool, copy)) == words && !words.isEmpty)
  }

  @Test func `a bundle of our own cure has no byte of a secret, and the same verdict`() throws {
    let tool = try Tool()
    let secret = tool.folder + "/secretfolder"
    try FileManager.default.createDirectory(atPath: secret, withIntermediateDirectories: true)
    let file = secret + "/hidden.db"
    try withVictim("blocked-in-read") { victim in
      #expect(tool.run("record", "\(victim.pid)", "-o", file).status == 0)
    }
    let log = secret + "/quux.strace"
    try """
    4711 1795527107.1 execve("/home/xavierq/bin/victim", ["victim", "--token=hunter2secret"], ["HOME=/home/xavierq", "APIKEY=zz9plural"]) = 0
    4711 1795527107.2 read(3, "letmein-now", 100) = 11
    4711 1795527107.3 <... read resumed>"resumedsecret", 100) = 13
    4711 1795527107.4 read(3, "cutoffsecret
    (00.000021) Running on acmenode7 Linux 6.1.0 #1 SMP x86_64
    login with password=pw9plural
    Nov 28 12:00:00 buildhost77 podman[123]: checkpoint of xavierq at buildhost77 with PASSWORD=zz9plural 10.11.12.13
    rbx=0x746572636573 rsi=0x7061737377307264
    """.write(toFile: log, atomically: true, encoding: .utf8)
    let bundle = tool.folder + "/report.tar"
    let made = tool.run("bundle", file, "--log", log, "-o", bundle)
    #expect(made.status == 0 && !made.err.contains("differently"), "\(made.err)")
    let bytes = try Data(contentsOf: URL(fileURLWithPath: bundle))
    let host = ProcessInfo.processInfo.hostName
    let victim = "blocked-in-read"
    for word in [
      "secretfolder", "hidden.db", "xavierq", "hunter2secret", "zz9plural", "letmein",
      "buildhost77", "10.11.12.13",
      "resumedsecret", "cutoffsecret", "acmenode7", "pw9plural", "746572636573", "7061737377307264",
      victim, host,
    ] where word.utf8.count > 3 && word != "localhost" {
      #expect(bytes.range(of: Data(word.utf8)) == nil, "\(word)")
    }
    // The same words are there where nothing is taken out: the search finds them.
    let whole = tool.folder + "/whole.tar"
    #expect(tool.run("bundle", file, "--log", log, "-o", whole, "--no-redact").status == 0)
    let all = try Data(contentsOf: URL(fileURLWithPath: whole))
    for word in ["secretfolder", "xavierq", "hunter2secret", "zz9plural", "letmein", victim] {
      #expect(all.range(of: Data(word.utf8)) != nil, "\(word)")
    }
    let folder = unpacked(tool, bundle)
    let (check, own) = (
      tool.run("check", folder + "/recording.db", "--json"), tool.run("check", file, "--json")
    )
    #expect(check.status == own.status && check.out.contains("\"verdict\":\"landed\""))
    let redacted = readWhole(folder + "/REDACTED.md")
    for kind in ["`path-N`", "`host-N`", "`task-N`", "`arg-N`", "0x5eda"] {
      #expect(redacted.contains(kind), "\(kind)")
    }
    #expect(readWhole(folder + "/ISSUE.md").hasPrefix("# "))
  }

  @Test func `only the runs that are asked for are in it, and tar and sha256sum read it`() throws {
    let tool = try Tool()
    let file = tool.folder + "/failed.db"
    for log in ["good", "sigtrap", "sigusr1"] {
      #expect(
        tool.run("import", BundleTests.fixtures + log + ".strace.gz", "-o", file).status == 0)
    }
    let bundle = tool.folder + "/report.tar"
    #expect(tool.run("bundle", file, "1", "3", "-o", bundle).status == 0)
    let script = """
      tar xf report.tar && cd fini-trace-bundle && sha256sum --quiet -c SHA256SUMS &&
      sqlite3 recording.db 'SELECT number FROM run; SELECT DISTINCT run FROM event; PRAGMA integrity_check'
      """
    let read = tool.run(program: "sh", ["-c", script])
    let told = "\(read.err)\(read.out)"
    #expect(read.status == 0 && read.outLines == ["1", "3", "1", "3", "ok"], "\(told)")
    let mode = try FileManager.default.attributesOfItem(atPath: bundle)[.posixPermissions]
    #expect(mode as? Int == 0o600)
    let left = try FileManager.default.contentsOfDirectory(atPath: tool.folder)
    #expect(!left.contains { $0.contains(".part") }, "\(left)")
  }

  /// Archives that a stranger may have made, by the tar of Python.
  @Test(arguments: [
    ("absolute", "is absolute"), ("up", "leads elsewhere"), ("link", "no regular file"),
    ("twice", "it comes twice"), ("long", "longer than the bundle"), ("outside", "is not in"),
    ("sum", "not what its checksum says"), ("more", "not what its checksum says"),
    ("less", "not what its checksum says"), ("cut", "cut off"), ("text", "cut off"),
    ("under", "its folder is a file"), ("plain", "recording.db"),
  ])
  func `a hostile bundle is refused, and nothing is unpacked`(kind: String, told: String) throws {
    let tool = try Tool()
    let script = """
      import hashlib, io, sys, tarfile
      kind, root = sys.argv[1], "fini-trace-bundle/"
      out = tarfile.open("x.tar", "w", format=tarfile.USTAR_FORMAT)
      def add(name, data=b"a\\n", type=tarfile.REGTYPE, size=None):
          info = tarfile.TarInfo(name); info.size = len(data); info.type = type; info.linkname = "/etc/passwd"
          out.addfile(info, io.BytesIO(data))
      digest = hashlib.sha256(b"a\\n").hexdigest()
      sums = f"{digest}  a\\n"
      if kind == "less": sums += f"{digest}  b\\n"
      add(root + "a", b"b\\n" if kind == "sum" else b"a\\n")
      if kind == "absolute": add("/tmp/evil")
      if kind == "up": add(root + "../../evil")
      if kind == "link": add(root + "l", b"", tarfile.SYMTYPE)
      if kind == "twice": add(root + "a")
      if kind == "outside": add("other/a")
      if kind == "more": add(root + "b")
      if kind == "under": add(root + "a/b")
      add(root + "SHA256SUMS", sums.encode())
      out.close()
      data = open("x.tar", "rb").read()
      if kind == "cut": data = data[:700]
      if kind == "text": data = b"no archive"
      if kind == "long":
          head = bytearray(data[:512]); head[124:135] = b"00077777777"; head[148:156] = b" " * 8
          head[148:156] = b"%06o\\0 " % sum(head); data = bytes(head) + data[512:]
      open("x.tar", "wb").write(data)
      """
    #expect(tool.run(program: "python3", ["-c", script, kind]).status == 0)
    let open = tool.run("bundle", "--open", "x.tar", "-o", "new")
    #expect(open.status == 66 && open.err.contains(told), "\(open.status) \(open.err)")
    #expect(!FileManager.default.fileExists(atPath: tool.folder + "/new"))
    #expect(!FileManager.default.fileExists(atPath: "/tmp/evil"))
  }

  @Test func `a log that is no regular file is refused, and not waited for`() throws {
    let tool = try Tool()
    let file = tool.folder + "/failed.db"
    #expect(tool.run("import", BundleTests.fixtures + "good.strace.gz", "-o", file).status == 0)
    #expect(tool.run(program: "mkfifo", ["pipe"]).status == 0)
    for log in ["pipe", "/dev/zero"] {
      let run = tool.run(program: Tool.path, ["bundle", file, "--log", log], within: 20_000)
      #expect(run.status == 66 && run.errLines.count == 1, "\(run.status) \(run.err)")
      #expect(run.err.contains("\(log): is no regular file"), "\(run.err)")
    }
    let open = tool.run(program: Tool.path, ["bundle", "--open", "pipe"], within: 20_000)
    #expect(open.status == 66 && open.errLines.count == 1, "\(open.status) \(open.err)")
  }

  @Test(.enabled(if: Doors.isRoot, "mounting needs root"))
  func `a full disk leaves nothing of a bundle that is opened`() throws {
    let tool = try Tool()
    let file = tool.folder + "/failed.db"
    #expect(tool.run("import", BundleTests.fixtures + "good.strace.gz", "-o", file).status == 0)
    #expect(tool.run("bundle", file, "-o", "b.tar").status == 0)
    let script = """
      mkdir small && mount -t tmpfs -o size=64k none small || exit 9
      "$0" bundle --open b.tar -o small/new; status=$?; ls -A small; exit $status
      """
    let full = tool.run(program: "unshare", ["-m", "sh", "-c", script, Tool.path])
    #expect(full.status == 74 && full.out == "", "\(full.status) \(full.out)")
    #expect(
      full.errLines == [
        "fini-trace: small/new: no space left on device; nothing of the bundle is left"
      ])
  }

  @Test func `a bundle goes to standard output with -o -, and --json tells what was written`()
    throws
  {
    let tool = try Tool()
    let file = tool.folder + "/failed.db"
    #expect(tool.run("import", BundleTests.fixtures + "good.strace.gz", "-o", file).status == 0)
    let script = "\"$0\" bundle failed.db -o - | tar t"
    let piped = tool.run(program: "sh", ["-c", script, Tool.path])
    #expect(piped.outLines.contains("fini-trace-bundle/recording.db"), "\(piped.err)")
    let left = try FileManager.default.contentsOfDirectory(atPath: tool.folder)
    #expect(left.filter { !$0.hasPrefix(".") } == ["failed.db"], "\(left)")
    let made = tool.run("bundle", "failed.db", "-o", "b.tar", "--json")
    #expect(made.out == "{\"bundle\":\"b.tar\",\"redacted\":true,\"differing\":[]}\n")
    let open = tool.run("bundle", "--open", "b.tar", "-o", "new", "--json")
    #expect(open.out.hasPrefix("{\"folder\":\"new\",\"files\":[\"ISSUE.md\",\"recording.db\""))
  }

  @Test func `a bundle opens into a new folder alone`() throws {
    let tool = try Tool()
    let file = tool.folder + "/failed.db"
    #expect(tool.run("import", BundleTests.fixtures + "good.strace.gz", "-o", file).status == 0)
    #expect(tool.run("bundle", file).status == 0)
    #expect(tool.run("bundle", "--open", "fini-trace-bundle.tar").status == 0)
    let again = tool.run("bundle", "--open", "fini-trace-bundle.tar")
    #expect(again.status == 74 && again.err.contains("is there already"), "\(again.err)")
    #expect(tool.run("bundle", "--open", "a.tar", "--log", "b").status == 64)
    #expect(tool.run("bundle", "--open", "none.tar").status == 66)
    let full = tool.run("bundle", file, "-o", tool.folder + "/no/such.tar")
    #expect(full.status == 74 && full.errLines.count == 1, "\(full.err)")
  }
}
