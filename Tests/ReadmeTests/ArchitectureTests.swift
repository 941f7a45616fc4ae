import FiniTestSupport
import Foundation
import Testing

@Suite("docs/Architecture.md")
struct ArchitectureTests {
  @Test("Its picture of the modules is the one that Package.swift gives")
  func picture() {
    let run = House.run("/bin/bash", [House.root + "/tools/architecture", "--check"])
    #expect(run.status == 0, "run tools/architecture: \(run.output)")
  }

  @Test(
    "Each function of a path is in the file that the path names",
    arguments: ["from wait4 to the screen", "from an strace line to a verdict"])
  func path(name: String) throws {
    let steps = try ArchitectureTests.steps(of: name)
    #expect((4...8).contains(steps.count))
    for step in steps {
      #expect(step.file.hasPrefix("Sources/\(step.module)/"), "\(step)")
      #expect(!step.words.isEmpty, "\(step)")
      let text = readWhole(House.root + "/" + step.file)
      let type = try Regex(#"\b(struct|class|enum|actor|extension) \#(step.type)\b"#)
      let member = try Regex(#"\b(func|var) \#(step.member)\b"#)
      let start = text.firstMatch(of: type)?.range.upperBound
      #expect(start != nil, "\(step.type) is not in \(step.file)")
      let rest = start.map { text[$0...] } ?? ""
      #expect(rest.contains(member), "\(step.type).\(step.member) is not in \(step.file)")
    }
  }

  /// One row of a path.
  struct Step {
    let module, type, member, file, words: String
  }

  /// The rows after the comment with the path's name, up to the next comment.
  static func steps(of name: String) throws -> [Step] {
    let page = readWhole(House.root + "/docs/Architecture.md")
    let after = page.components(separatedBy: "<!-- \(name) -->\n")
    try #require(after.count == 2, "no list \(name)")
    let table = after[1].components(separatedBy: "<!-- end -->")[0]
    return try table.split(separator: "\n").dropFirst(2).map { line in
      let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      try #require(cells.count == 4, "\(line)")
      let names = cells[1].trimmingCharacters(in: ["`"]).split(separator: ".").map(String.init)
      try #require(names.count == 2, "\(line)")
      return Step(
        module: cells[0], type: names[0], member: names[1], file: cells[2], words: cells[3])
    }
  }

  // MARK: Imports

  /// Modules of the toolchain and the system.
  static let system: Set<String> = ["Dispatch", "Foundation", "Glibc", "Synchronization"]

  @Test("A file imports only what Package.swift lists for its target")
  func imports() throws {
    let run = House.run("/bin/bash", [House.root + "/tools/architecture", "--edges"])
    try #require(run.status == 0, "\(run.output)")
    let statement = try Regex(
      #"\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:\w+\s+)?import\s+"#
        + #"(?:(?:struct|class|enum|protocol|typealias|func|var|let)\s+)?"#
        + #"(\w+)(?:\.\w+)*\s*(?://.*)?"#, as: (Substring, Substring).self)
    var files = 0
    for line in run.output.split(separator: "\n") {
      let words = line.split(separator: " ").map(String.init)
      let allowed = Set(words.dropFirst()).union(ArchitectureTests.system)
      for file in try ArchitectureTests.swiftFiles(of: words[0]) {
        files += 1
        for text in readWhole(file).split(separator: "\n") {
          guard text.contains("import "), let found = try statement.wholeMatch(in: text) else {
            continue
          }
          #expect(
            allowed.contains(String(found.1)),
            "\(file): \(words[0]) has no arrow to \(found.1)")
        }
      }
    }
    #expect(files > 200, "the files of the targets were found")
  }

  /// Where targets are that are not in Sources.
  private static let places = [
    "FiniSchema": "/schema", "FiniMessages": "/catalogue", "FiniPage": "/page",
  ]

  private static func swiftFiles(of target: String) throws -> [String] {
    let folder = House.root + (places[target] ?? "/Sources/\(target)")
    let names = try FileManager.default.subpathsOfDirectory(atPath: folder)
    return names.filter { $0.hasSuffix(".swift") }.map { folder + "/" + $0 }
  }
}
