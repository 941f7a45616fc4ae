import FiniModel
import FiniProcfs
import FiniTestSupport
import Testing

@Suite("Limits of a process")
struct ResourceLimitsTests {
  @Test("The soft limit is the one in force; unlimited is no limit")
  func parsed() {
    let text = """
      Limit                     Soft Limit           Hard Limit           Units
      Max open files            16                   1048576              files
      Max address space         unlimited            unlimited            bytes

      """
    let limits = ResourceLimits(parsing: Array(text.utf8))
    #expect(limits.openFiles == 16)
    #expect(limits.addressSpace == nil)
    let another = ResourceLimits(
      parsing: Array(
        "Max address space         67108864             unlimited            bytes".utf8))
    #expect(another.addressSpace == 67_108_864)
    #expect(another.openFiles == nil)
  }

  @Test("Any text is accepted, and no value is invented")
  func total() {
    for text in ["", "Max open files", "Max open files            ", "\n\n", "Max open files  x"] {
      #expect(ResourceLimits(parsing: Array(text.utf8)).openFiles == nil)
    }
  }

  @Test("A live process has the limit that it set itself")
  func live() throws {
    try withVictim("no-descriptors") { #expect(ResourceLimits(of: $0.task).openFiles == 16) }
    try withVictim("no-room", ["limit"]) {
      #expect(ResourceLimits(of: $0.task).addressSpace == 64 << 20)
    }
  }
}
