import FiniTestSupport
import Foundation
import Testing

@testable import FiniSession

/// Which pager shows an answer. That one is used on a terminal alone OutputTests try.
@Suite struct PagerTests {
  private func command(_ variables: [String: String], hasLess: Bool = true) -> String? {
    Pager.command(variable: { variables[$0] }, hasLess: { hasLess })
  }

  @Test("What its user named, else less, else none")
  func choice() {
    #expect(command([:]) == "less")
    #expect(command([:], hasLess: false) == nil)
    #expect(command(["PAGER": "more -s"]) == "more -s")
    #expect(command(["PAGER": "more", "FINI_TRACE_PAGER": "most"]) == "most")
    #expect(command(["PAGER": "more", "FINI_TRACE_PAGER": "cat"]) == nil)
    #expect(command(["PAGER": "cat"]) == nil)
    #expect(command(["TERM": "dumb", "PAGER": "more"]) == nil)
  }
}
