import FiniTestSupport
import Foundation
import Testing

/// Tests/FiniMatrix, run as tools/matrix runs it.
@Suite("The matrix of victims and events", .serialized)
struct MatrixTests {
  static let program = House.products + "/fini-matrix"

  /// Runs it in a pid namespace of its own, where that is allowed.
  static func run(_ arguments: [String]) -> (status: Int32, output: String) {
    let apart = ["--pid", "--fork", "--kill-child", "--mount-proc"]
    guard Doors.isRoot else { return House.run(program, arguments) }
    return House.run("/usr/bin/unshare", apart + [program] + arguments, within: 600_000)
  }

  @Test("Damage to a victim is found", arguments: Doors.Damage.allCases)
  func damage(_ damage: Doors.Damage) {
    let words = ["--victim", "blocked-in-read", "--event", "usr1-handled", "--strategy", "direct"]
    let result = MatrixTests.run(words + ["--boundary", "12", "--damage", damage.rawValue])
    #expect(result.status == 1)
    let signs: [Doors.Damage: String] = [
      .register: "register r15", .vector: "extended state", .mask: "mask", .debug: "armed",
      .text: "code",
    ]
    #expect(result.output.contains(signs[damage] ?? "?"), "\(result.output)")
    #expect(result.output.contains("again: tools/matrix --victim blocked-in-read"))
  }

  @Test("Without damage the same boundary is well")
  func noDamage() {
    let words = ["--victim", "blocked-in-read", "--event", "usr1-handled", "--strategy", "direct"]
    let result = MatrixTests.run(words + ["--boundary", "12"])
    #expect(result.status == 0, "\(result.output)")
    #expect(result.output.contains("CELL blocked-in-read usr1-handled direct 1 0\n"))
  }

  @Test(
    "One cell in nine comes out no worse than docs/Reliability.md says", .enabled(if: Doors.isRoot))
  func promise() {
    let table = House.root + "/docs/Reliability.md"
    let result = MatrixTests.run(["--every", "9", "--against", table])
    #expect(result.status == 0, "\(result.output)")
  }
}
