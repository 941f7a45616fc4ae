import FiniModel
import FiniSchema
import FiniStore
import Foundation
import Testing

@Suite("A recording is never made over something else")
struct FileSafetyTests {
  private func mode(_ path: String) throws -> Int {
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    return (attributes[.posixPermissions] as? NSNumber)?.intValue ?? -1
  }

  private func recorded(_ path: String) throws {
    let file = try TraceFile.openForRecording(path)
    let recorder = try file.beginRun(start())
    for sequence in 1...40 { recorder.record(plainEvent(UInt32(sequence))) }
    try recorder.finish(end())
  }

  /// Both ways of opening fail with the same error, and the bytes stay what they were.
  private func expectRefused(_ path: String, _ expected: (String) -> StoreError) throws {
    let before = FileManager.default.contents(atPath: path)
    #expect(throws: expected(path)) { _ = try TraceFile.openForRecording(path) }
    #expect(throws: expected(path)) { _ = try TraceFile.openForReading(path) }
    #expect(FileManager.default.contents(atPath: path) == before)
  }

  @Test("The file and its journal are created for the owner alone, whatever the umask")
  func modes() throws {
    let scratch = try Scratch()
    let old = umask(0)
    defer { _ = umask(old) }
    let file = try TraceFile.openForRecording(scratch.path())
    let recorder = try file.beginRun(start(), journalCapacity: 16)
    #expect(try scratch.names().count == 4)
    for name in try scratch.names() { #expect(try mode(scratch.path(name)) == 0o600, "\(name)") }
    try recorder.finish(end())
  }

  @Test("A symbolic link is never written through, and read only where it leads to a recording")
  func symlink() throws {
    let scratch = try Scratch()
    try recorded(scratch.path("real.db"))
    for target in ["real.db", "nowhere.db"] {
      let link = scratch.path("to-\(target)")
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: target)
      #expect(throws: StoreError.isSymlink(path: link)) {
        _ = try TraceFile.openForRecording(link)
      }
    }
    #expect(try TraceFile.openForReading(scratch.path("to-real.db")).runs().count == 1)
    try expectRefused(scratch.path("to-nowhere.db")) { .isSymlink(path: $0) }
    #expect(!FileManager.default.fileExists(atPath: scratch.path("nowhere.db")))
  }

  @Test(
    "A symbolic link in the place of a file of SQLite's is refused",
    arguments: [
      "-wal", "-shm", "-journal",
    ])
  func companionSymlink(suffix: String) throws {
    let scratch = try Scratch()
    try recorded(scratch.path())
    try FileManager.default.createSymbolicLink(
      atPath: scratch.path() + suffix, withDestinationPath: scratch.path("victim"))
    let expected = StoreError.isSymlink(path: scratch.path() + suffix)
    #expect(throws: expected) { _ = try TraceFile.openForRecording(scratch.path()) }
    #expect(throws: expected) { _ = try TraceFile.openForReading(scratch.path()) }
    #expect(!FileManager.default.fileExists(atPath: scratch.path("victim")))
  }

  @Test("A symbolic link in the place of a journal is not followed")
  func journalSymlink() throws {
    let scratch = try Scratch()
    try Data("mine".utf8).write(to: URL(fileURLWithPath: scratch.path("victim")))
    let link = scratch.path() + ".run-1.journal"
    try FileManager.default.createSymbolicLink(
      atPath: link, withDestinationPath: scratch.path("victim"))
    let file = try TraceFile.openForRecording(scratch.path())
    let recorder = try file.beginRun(start(), journalCapacity: 16)
    #expect(recorder.run == 2)
    try recorder.finish(end())
    #expect(FileManager.default.contents(atPath: scratch.path("victim")) == Data("mine".utf8))
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link).hasSuffix("victim"))
  }

  @Test("A folder, a pipe and a missing folder are told apart")
  func notFiles() throws {
    let scratch = try Scratch()
    #expect(throws: StoreError.isDirectory(path: scratch.folder)) {
      _ = try TraceFile.openForRecording(scratch.folder)
    }
    #expect(throws: StoreError.isDirectory(path: scratch.folder)) {
      _ = try TraceFile.openForReading(scratch.folder)
    }
    #expect(mkfifo(scratch.path("pipe"), 0o600) == 0)
    try expectPipeRefused(scratch.path("pipe"))
    let lost = scratch.path("no/such/folder.db")
    #expect(throws: StoreError.noSuchFolder(path: lost)) {
      _ = try TraceFile.openForRecording(lost)
    }
    #expect(throws: StoreError.noSuchFile(path: lost)) { _ = try TraceFile.openForReading(lost) }
  }

  private func expectPipeRefused(_ path: String) throws {
    #expect(throws: StoreError.notRegular(path: path)) {
      _ = try TraceFile.openForRecording(path)
    }
    #expect(throws: StoreError.notRegular(path: path)) { _ = try TraceFile.openForReading(path) }
  }

  @Test("A database of another program is refused and stays as it is")
  func otherDatabase() throws {
    let scratch = try Scratch()
    let other = scratch.path("other.db")
    _ = try sqlite3(other, "CREATE TABLE a (b); PRAGMA application_id = 252006673")
    try expectRefused(other) { .otherDatabase(path: $0, applicationID: 252_006_673) }
    let unnamed = scratch.path("unnamed.db")
    _ = try sqlite3(unnamed, "CREATE TABLE a (b)")
    try expectRefused(unnamed) { .otherDatabase(path: $0, applicationID: 0) }
    #expect(try scratch.names() == ["other.db", "unnamed.db"])
  }

  @Test("A recording whose making was never finished is an error, and no crash")
  func unfinished() throws {
    let scratch = try Scratch()
    let path = scratch.path()
    // 0x46695472; no version yet.
    _ = try sqlite3(path, "CREATE TABLE a (b); PRAGMA application_id = 1181308018")
    #expect(throws: StoreError.notARecording(path: path)) { try TraceFile.openForReading(path) }
    #expect(throws: StoreError.self) { try TraceFile.openForRecording(path) }
    #expect(throws: StoreError.notARecording(path: path)) { try TraceFile.openForReading(path) }
  }

  @Test("A newer recording is refused and stays as it is")
  func newer() throws {
    let scratch = try Scratch()
    try recorded(scratch.path())
    _ = try sqlite3(scratch.path(), "PRAGMA user_version = 99")
    try expectRefused(scratch.path()) {
      .newerSchema(path: $0, version: 99, supported: Schema.version)
    }
  }

  @Test("A file of an unreleased version is refused, and the error says so", arguments: 1...8)
  func unreleased(version: Int) throws {
    let scratch = try Scratch()
    let path = scratch.path()
    // 0x46695472, and the table that all of those versions had.
    _ = try sqlite3(
      path,
      "CREATE TABLE event (run INTEGER); PRAGMA application_id = 1181308018; "
        + "PRAGMA user_version = \(version)")
    try expectRefused(path) { .unreleasedSchema(path: $0) }
    // The last of them had this one, and no judgements.
    _ = try sqlite3(path, "CREATE TABLE meaning (holds TEXT)")
    try expectRefused(path) { .unreleasedSchema(path: $0) }
    // One that has those and a number from that time is of a version yet to come.
    guard version > Schema.version else { return }
    _ = try sqlite3(path, "CREATE TABLE judgement (run INTEGER)")
    try expectRefused(path) {
      .newerSchema(path: $0, version: Int32(version), supported: Schema.version)
    }
  }

  @Test("What is no database is refused, from one byte on", arguments: [1, 15, 16, 99, 100, 5000])
  func garbage(size: Int) throws {
    let scratch = try Scratch()
    let path = scratch.path()
    try Data((0..<size).map { UInt8(truncatingIfNeeded: $0 * 7 + 3) })
      .write(to: URL(fileURLWithPath: path))
    try expectRefused(path) { .notADatabase(path: $0) }
  }

  @Test(
    "A file that is cut off is refused, wherever it is cut",
    arguments: [
      3, 16, 80, 100, 4096, 20_000, 60_000,
    ])
  func truncated(size: Int) throws {
    let scratch = try Scratch()
    let path = scratch.path()
    try recorded(path)
    #expect(truncate(path, size) == 0)
    try expectRefused(path) { .truncated(path: $0) }
  }

  @Test("A page of garbage inside a recording is an error, not a crash")
  func damaged() throws {
    let scratch = try Scratch()
    let path = scratch.path()
    try recorded(path)
    let handle = try #require(FileHandle(forWritingAtPath: path))
    try handle.seek(toOffset: 4096)
    try handle.write(contentsOf: Data(repeating: 0xa5, count: 200_000))
    try handle.close()
    #expect {
      let file = try TraceFile.openForReading(path)
      for run in try file.runs() { _ = try file.events(of: run.number) }
    } throws: { error in
      switch error as? StoreError {
      case .damaged, .truncated, .notADatabase: true
      default: false
      }
    }
  }

  @Test("An empty file is new to a recorder and no recording to a reader")
  func empty() throws {
    let scratch = try Scratch()
    let path = scratch.path()
    #expect(throws: StoreError.noSuchFile(path: path)) { _ = try TraceFile.openForReading(path) }
    #expect(FileManager.default.createFile(atPath: path, contents: nil))
    #expect(throws: StoreError.notARecording(path: path)) {
      _ = try TraceFile.openForReading(path)
    }
    try recorded(path)
    #expect(try TraceFile.openForReading(path).runs().count == 1)
  }

  @Test("A recording without runs says so")
  func noRuns() throws {
    let scratch = try Scratch()
    let file = try TraceFile.openForRecording(scratch.path())
    #expect(try file.runs().isEmpty)
    #expect(throws: StoreError.noSuchRun(.last, existing: [])) { _ = try file.run(.last) }
  }

  @Test("A file that another program holds is locked, after a while")
  func locked() throws {
    let scratch = try Scratch()
    try recorded(scratch.path())
    let file = try TraceFile.openForRecording(scratch.path())
    try whileLocked(scratch.path()) {
      #expect(throws: StoreError.locked(path: scratch.path())) { _ = try file.beginRun(start()) }
    }
    let recorder = try file.beginRun(start(), journalCapacity: 16)
    try recorder.finish(end())
    #expect(try scratch.names().filter { $0.hasSuffix(".journal") }.isEmpty)
  }

  @Test("A journal that the disk has no space for is an error of the beginning, and leaves no file")
  func noSpace() throws {
    let scratch = try Scratch()
    // A limit on the size of files answers as a full disk does, when its signal is ignored.
    let finished = try run(
      "/bin/sh",
      [
        "-c", "trap '' XFSZ; ulimit -f 1000; exec \"$0\" burst \"$1\" 10000", storeWriter,
        scratch.path(),
      ])
    let journal = scratch.path() + ".run-1.journal"
    #expect(finished.output == "error: \(StoreError.noSpace(path: journal))\n")
    #expect(try TraceFile.openForReading(scratch.path()).runs().isEmpty)
    #expect(try scratch.names() == ["fini-trace.db"])
  }

  @Test("A name that looks like a URI is a name")
  func uriName() throws {
    let scratch = try Scratch()
    let path = scratch.path("file:a?mode=memory#%41.db")
    try recorded(path)
    #expect(try TraceFile.openForReading(path).runs().count == 1)
    #expect(try scratch.names() == ["file:a?mode=memory#%41.db"])
  }

  @Test("Every error is one line that names the path and ends with a remedy")
  func messages() {
    let path = "/tmp/x.db"
    let errors: [StoreError] = [
      .notWritable(path: path), .notReadable(path: path), .isDirectory(path: path),
      .isSymlink(path: path), .notRegular(path: path), .noSuchFolder(path: path),
      .noSuchFile(path: path), .notARecording(path: path),
      .otherDatabase(path: path, applicationID: 7),
      .newerSchema(path: path, version: 9, supported: 1), .unreleasedSchema(path: path),
      .truncated(path: path),
      .notADatabase(path: path), .damaged(path: path, detail: "bad page"),
      .noSpace(path: path), .locked(path: path), .logUnreadable(path: path),
      .failed(path: path, detail: "I/O error"),
    ]
    for error in errors {
      let text = "\(error)"
      #expect(text.hasPrefix(path + ": "))
      #expect(text.contains(";"), "\(text)")
      #expect(!text.contains("\n"))
    }
    #expect(
      "\(StoreError.noSuchRun(.number(9), existing: [1, 2]))"
        == "there is no run 9 in the file; it has 1, 2")
  }
}

@Suite("Without rights", .enabled(if: getuid() == 0, "needs root, to become another user"))
struct RightsTests {
  private func prepared(_ scratch: Scratch, fileMode: mode_t, folderMode: mode_t) throws {
    let file = try TraceFile.openForRecording(scratch.path())
    let recorder = try file.beginRun(start())
    for sequence in 1...40 { recorder.record(plainEvent(UInt32(sequence))) }
    try recorder.finish(end())
    withExtendedLifetime(file) {}
    chmod(scratch.path(), fileMode)
    chmod(scratch.folder, folderMode)
  }

  @Test("A read-only file in a read-only folder can be read, and the folder stays as it is")
  func readOnlyFolder() throws {
    let scratch = try Scratch()
    try prepared(scratch, fileMode: 0o644, folderMode: 0o755)
    let finished = try run(storeWriter, ["events", scratch.path()])
    #expect(finished.output == "40\n")
    #expect(try scratch.names() == ["fini-trace.db"])
  }

  @Test("Last changes in a -wal that cannot be used are not silently left out")
  func unusableLog() throws {
    let scratch = try Scratch()
    try prepared(scratch, fileMode: 0o644, folderMode: 0o755)
    try Data(repeating: 1, count: 100).write(to: URL(fileURLWithPath: scratch.path() + "-wal"))
    chmod(scratch.path() + "-wal", 0o644)
    let finished = try run(storeWriter, ["events", scratch.path()])
    #expect(finished.output == "error: \(StoreError.logUnreadable(path: scratch.path()))\n")
  }

  @Test("A private file is not readable, a read-only file or folder not writable")
  func refused() throws {
    let scratch = try Scratch()
    try prepared(scratch, fileMode: 0o600, folderMode: 0o755)
    #expect(
      try run(storeWriter, ["events", scratch.path()]).output
        == "error: \(StoreError.notReadable(path: scratch.path()))\n")
    chmod(scratch.path(), 0o644)
    #expect(
      try run(storeWriter, ["record-as-nobody", scratch.path()]).output
        == "error: \(StoreError.notWritable(path: scratch.path()))\n")
    #expect(
      try run(storeWriter, ["record-as-nobody", scratch.path("new.db")]).output
        == "error: \(StoreError.notWritable(path: scratch.path("new.db")))\n")
  }
}
