import CFiniParasite
import FiniEngine
import FiniModel
import FiniPtrace
import FiniTestSupport
import Foundation
import Testing

@Suite("The parasite's blob")
struct ParasiteBlobTests {
  @Test("It refers to nothing outside, uses no vector register, and fits into a page")
  func stands() throws {
    let object = House.products + "/CFiniParasite.build/parasite.c.o"
    try #require(FileManager.default.fileExists(atPath: object))
    let checked = House.run(House.root + "/tools/check-blob", [object])
    #expect(checked.status == 0, "\(checked.output)")
  }

  @Test(
    "The check finds each violation",
    arguments: [
      ("int g(int); BLOB int f(int a) { return g(a) + 1; }", "the blob refers to g"),
      (
        "BLOB double f(double a) { __asm__(\"syscall\"); return a * 2; }", "vector or x87 registers"
      ),
      ("BLOB const char f[5000] = {1};", "5000 bytes"),
      ("int f;", "no section finiblob"),
    ])
  func checkFinds(source: String, complaint: String) throws {
    let base = FileManager.default.temporaryDirectory.path + "/fini-blob-\(UUID().uuidString)"
    defer { for end in [".c", ".o"] { try? FileManager.default.removeItem(atPath: base + end) } }
    let macro = "#define BLOB __attribute__((section(\"finiblob\"), used))\n"
    try (macro + source + "\n").write(toFile: base + ".c", atomically: true, encoding: .utf8)
    let built = House.run("gcc", ["-O2", "-c", "-o", base + ".o", base + ".c"])
    try #require(built.status == 0, "\(built.output)")
    let checked = House.run(House.root + "/tools/check-blob", [base + ".o"])
    #expect(checked.status == 1)
    #expect(checked.output.contains(complaint))
  }

  @Test("Its entry points are inside, and a cancelled rt_sigreturn falls through to the bridge")
  func doors() throws {
    let size = fini_parasite_size()
    #expect(size > 0 && size <= 4096)
    #expect(fini_parasite_entry() < size)
    let sigreturn = Int(fini_parasite_sigreturn())
    try #require(sigreturn + 5 <= Int(size))
    let bytes = UnsafeRawBufferPointer(start: fini_parasite_start(), count: Int(size))
    // mov $15, %eax; syscall; mov %rsi, %rdi
    let expected: [UInt8] = [0xb8, 15, 0, 0, 0, 0x0f, 0x05, 0x48, 0x89, 0xf7]
    #expect(Array(bytes[sigreturn - 5..<sigreturn + 5]) == expected)
  }

  @Test("It never calls umask(2): that would change a shared umask for a moment")
  func asksForNoUmask() {
    let bytes = UnsafeRawBufferPointer(
      start: fini_parasite_start(), count: Int(fini_parasite_size()))
    // mov $95, %eax. As a control that numbers are loaded this way: mov $39, %eax (getpid).
    func loads(_ number: UInt8) -> Bool {
      (0..<bytes.count - 5).contains { bytes[$0..<$0 + 5].elementsEqual([0xb8, number, 0, 0, 0]) }
    }
    #expect(!loads(95))
    #expect(loads(39))
  }

  @Test("The fields that both sides use are where the header says, without holes")
  func layout() {
    // Eight words of the lock, four addresses, four numbers, a packet.
    #expect(MemoryLayout<fini_arguments>.size == 8 * 8 + 4 * 8 + 4 * 4 + 48)
    #expect(MemoryLayout<fini_arguments>.offset(of: \.frame_sp) == 64)
    #expect(MemoryLayout<fini_arguments>.offset(of: \.bridge) == 80)
    #expect(MemoryLayout<fini_arguments>.offset(of: \.writer) == 96)
    #expect(MemoryLayout<fini_arguments>.offset(of: \.socket) == 100)
    #expect(MemoryLayout<fini_arguments>.offset(of: \.tracer_end) == 104)
    #expect(MemoryLayout<fini_arguments>.offset(of: \.mail) == 112)
    #expect(MemoryLayout<fini_packet>.size == 4 + 4 + 8 + 4 + 4 + 8 + 8 + 8)
    #expect(MemoryLayout<fini_packet>.offset(of: \.value) == 8)
    #expect(MemoryLayout<fini_packet>.offset(of: \.brk) == 24)
    #expect(MemoryLayout<fini_packet>.offset(of: \.pending) == 40)
  }

  @Test("A real rt_sigreturn takes each register of busy from the frame")
  @PtraceThread func frame() throws {
    try withVictim("busy") { victim in
      let made = try cure(victim.pid, .syscall)
      #expect(made.report.isCured)
      // After the exit of rt_sigreturn the registers are read before any is written.
      let entry = try #require(
        made.log.events.firstIndex { event in
          if case .stop(let stop) = event.payload { stop.entersSigreturn } else { false }
        })
      let calls = made.log.events[entry...].compactMap { event -> RequestCall? in
        if case .request(let call) = event.payload { call } else { nil }
      }
      let reads = made.log.requests.compactMap { call -> Registers? in
        if call.request == .getRegisterSet, case .registers(let registers) = call.detail {
          registers
        } else {
          nil
        }
      }
      #expect(calls.dropFirst().first?.request == .getRegisterSet)
      guard case .registers(let found) = calls.dropFirst().first?.detail, let saved = reads.first
      else {
        Issue.record("no registers were read at the exit")
        return
      }
      // All but orig_rax, which says that the task is in no call.
      let names = Registers.Name.allCases.filter { $0 != .origRAX }
      #expect(names.filter { found[$0] != saved[$0] } == [])
      victim.signal(12)
      #expect(victim.nextLine()?.hasPrefix("turns ") == true)
    }
  }
}
