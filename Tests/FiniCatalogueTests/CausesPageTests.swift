import FiniTestSupport
import Foundation
import Testing

/// docs/Causes.md is made from the rules and the catalogue.
struct CausesPageTests {
  @Test("The page of causes is the one that tools/causes-page prints")
  func page() throws {
    let made = House.run("/bin/bash", [House.root + "/tools/causes-page", "--print"])
    try #require(made.status == 0, "\(made.output.suffix(300))")
    #expect(readWhole(House.root + "/docs/Causes.md") == made.output, "run tools/causes-page")
  }
}
