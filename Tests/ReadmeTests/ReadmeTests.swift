import FiniTestSupport
import Foundation
import Testing

/// The README must be true: each of its commands is run, each of its samples compared.
@Suite("The README", .serialized)
struct ReadmeTests {
  static let text = readWhole(House.root + "/README.md")

  /// The fenced blocks that begin with this line, without their fences.
  static func blocks(after opening: String) -> [String] {
    text.components(separatedBy: "\n" + opening + "\n").dropFirst().compactMap {
      $0.components(separatedBy: "\n```").first
    }
  }

  private static func inFolder(_ script: String, _ body: (String, Int32) -> Void) throws {
    let folder = NSTemporaryDirectory() + "fini-trace-readme-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    // The shell gets a process group of its own (setsid), and takes its children with it.
    let whole = """
      export PATH="\(House.products):$PATH" FINI_TRACE="\(House.products)/fini-trace"
      trap 'trap "" TERM; kill -TERM 0' EXIT
      cd "\(folder)" && ln -s "\(House.root)/tools" tools && set -e
      \(script)
      """
    let run = House.run("/bin/bash", ["-c", whole])
    body(run.output, run.status)
  }

  @Test("Its commands work, one after the other, on a fresh victim")
  func commands() throws {
    let blocks = ReadmeTests.blocks(after: "```sh")
    #expect(blocks.count >= 3)
    let lines = blocks.joined(separator: "\n").split(separator: "\n").map(String.init)
    #expect(lines.count > 12)
    // Each command is printed before it runs, so that a failing one can be named.
    let script = lines.map { "echo \"@@ \" '\($0.replacingOccurrences(of: "'", with: ""))'\n\($0)" }
    try ReadmeTests.inFolder(script.joined(separator: "\n")) { output, status in
      let last = output.components(separatedBy: "@@ ").last ?? ""
      // The shell ends by the trap's own signal or with zero, and only after the last command.
      #expect(status == 0 || status == 128 + 15, "\(last)")
      #expect(last.contains(lines.last?.prefix(30) ?? "?"), "ended at: \(last)")
      #expect(output.contains("landed"))
    }
  }

  @Test("Its samples look like what is printed")
  func samples() throws {
    let parts = ReadmeTests.text.components(separatedBy: "<!-- sample: ").dropFirst()
    #expect(parts.count == 3)
    for part in parts {
      let command = part.components(separatedBy: " -->")[0]
      let sample = part.components(separatedBy: "```")[1]
      let script = """
        sleep 60 | cat & PID=$!
        sleep 0.2
        fini-trace record $PID >/dev/null; fini-trace record $PID --strategy direct >/dev/null
        echo @@; \(command)
        """
      try ReadmeTests.inFolder(script) { output, _ in
        let printed = Set(ReadmeTests.shapes(of: output.components(separatedBy: "@@").last ?? ""))
        for shape in ReadmeTests.shapes(of: sample) {
          #expect(printed.contains(shape), "\(command): no line like \"\(shape)\"")
        }
      }
    }
  }

  /// The part of a line that does not change from run to run: its words, without numbers.
  private static func shapes(of text: String) -> [String] {
    text.split(separator: "\n").map { line in
      line.split(separator: " ")
        .filter { word in !word.contains { $0.isNumber } && word.contains { $0.isLetter } }
        .joined(separator: " ")
    }.filter { !$0.isEmpty }
  }

  @Test("Each tool is described in CONTRIBUTING.md")
  func tools() throws {
    let text = readWhole(House.root + "/CONTRIBUTING.md")
    for tool in try FileManager.default.contentsOfDirectory(atPath: House.root + "/tools") {
      // Files that other tools read, and benchmarks.
      guard !tool.hasSuffix(".bash"), !tool.contains("bench") else { continue }
      #expect(text.contains("`tools/\(tool)"), "\(tool)")
    }
  }

  @Test("The files that it names exist")
  func names() {
    for path in [
      "docs/Architecture.md", "docs/Glossary.md", "docs/Benchmarks.md", "schema/CHANGES.md",
      "schema/event.md", "LICENSE", "CONTRIBUTING.md", "SECURITY.md", "tools/demo", "tools/test",
    ] {
      #expect(ReadmeTests.text.contains(path), "\(path)")
      #expect(FileManager.default.fileExists(atPath: House.root + "/" + path), "\(path)")
    }
    // A link to a missing file is an error.
    for part in ReadmeTests.text.components(separatedBy: "](").dropFirst() {
      let target = part.components(separatedBy: ")")[0]
      guard !target.hasPrefix("http") else { continue }
      #expect(FileManager.default.fileExists(atPath: House.root + "/" + target), "\(target)")
    }
  }
}
