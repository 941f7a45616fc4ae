import FiniTestSupport
import Testing

@Suite("docs/Architecture.md")
struct ArchitectureTests {
  @Test("Its picture of the modules is the one that Package.swift gives")
  func picture() {
    let run = House.run("/bin/bash", [House.root + "/tools/architecture", "--check"])
    #expect(run.status == 0, "run tools/architecture: \(run.output)")
  }
}
