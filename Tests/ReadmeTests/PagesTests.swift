import FiniTestSupport
import Foundation
import Testing

/// The pages for users must be true, too: `tools/try-pages` runs their commands and compares what they print.
@Suite("The pages for users", .serialized)
struct PagesTests {
  static let pages = [
    "docs/Own-tool.md", "docs/CRIU-development.md", "docs/CI.md", "docs/Checkpoint-failed.md",
  ]

  private static func run(_ options: [String], _ page: String) -> (status: Int32, output: String) {
    let program = "FINI_TRACE=\(House.products)/fini-trace"
    return House.run(
      "/usr/bin/env",
      [program, House.root + "/tools/try-pages"] + options + [House.root + "/" + page],
      within: 240_000)
  }

  /// Whether what the page needs is here. Anything but "left out" is for the test to tell.
  private static func hasNeeds(of page: String) -> Bool { run(["--needs"], page).status != 77 }

  private func expectGood(_ page: String) {
    let (status, output) = PagesTests.run([], page)
    #expect(status == 0, "\(output)")
  }

  @Test("Of an own tool", .enabled(if: Doors.isRoot, "watching takes root"))
  func ownTool() {
    expectGood("docs/Own-tool.md")
  }

  @Test(
    "With a real CRIU", .enabled(if: hasNeeds(of: "docs/CI.md"), "no root, or no CRIU can be had"),
    arguments: ["docs/CRIU-development.md", "docs/CI.md"])
  func criu(page: String) {
    expectGood(page)
  }

  @Test(
    "With a container: the first screen of the README, too",
    .enabled(if: hasNeeds(of: "README.md"), "no root, no CRIU, or podman and runc can't run here"),
    arguments: ["README.md", "docs/Checkpoint-failed.md"])
  func container(page: String) {
    expectGood(page)
  }

  @Test("What is not printed is told, and so is another exit status")
  func untrue() throws {
    let folder = NSTemporaryDirectory() + "fini-trace-page-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { #expect(throws: Never.self) { try FileManager.default.removeItem(atPath: folder) } }
    for (text, status) in [
      ("$ echo one 1; echo two\none 7\ntwo", 0), ("$ echo one; echo two\n...\ntwo", 0),
      ("$ echo one; echo two\ntwo\none", 1), ("$ echo one\none more", 1), ("$ false", 1),
      ("$ false  # exit status 1", 0), ("$ true  # exit status 1", 1), ("$ exit 0", 1),
    ] as [(String, Int32)] {
      let page = folder + "/page.md"
      try "# A page\n\n```console\n\(text)\n```\n".write(
        toFile: page, atomically: true, encoding: .utf8)
      let run = House.run(House.root + "/tools/try-pages", [page])
      #expect(run.status == status, "\(text): \(run.output)")
    }
  }

  @Test("A link leads to a file that is there", arguments: pages + ["docs/README.md"])
  func links(page: String) {
    let parts = readWhole(House.root + "/" + page).components(separatedBy: "](").dropFirst()
    #expect(!parts.isEmpty)
    for part in parts {
      let target = part.components(separatedBy: ")")[0].components(separatedBy: "#")[0]
      guard !target.hasPrefix("http") else { continue }
      #expect(FileManager.default.fileExists(atPath: House.root + "/docs/" + target), "\(target)")
    }
  }

  @Test("docs/README.md lists each page")
  func index() throws {
    let text = readWhole(House.root + "/docs/README.md")
    for name in try FileManager.default.contentsOfDirectory(atPath: House.root + "/docs")
    where name.hasSuffix(".md") && name != "README.md" {
      #expect(text.contains("](\(name))"), "\(name)")
    }
  }
}
