import FiniModel
import FiniPtrace
import FiniTestSupport
import Foundation
import Testing

@Suite("Where restartable sequences are registered", .serialized)
struct SequenceAreaTests {
  /// The distance of glibc's (2.35) struct rseq from the thread pointer; see `<sys/rseq.h>`.
  private static var offsetInGlibc: Int? {
    dlsym(UnsafeMutableRawPointer(bitPattern: 0), "__rseq_offset").map {
      $0.load(as: Int.self)
    }
  }

  @Test(
    "Where glibc says, with the signature of x86-64, and nothing under way in a system call",
    .enabled(if: offsetInGlibc != nil, "glibc registers none here"))
  @PtraceThread func registered() throws {
    let bench = try Bench()
    try withVictim("blocked-in-read") { victim in
      let tracee = try bench.stop(victim)
      let registers = try tracee.registers(by: bench.tracer)
      let found = try tracee.sequenceArea(by: bench.tracer)
      let pointer = found.flatMap { readWord(of: victim.task, at: $0.pointer) }
      try tracee.detach(by: bench.tracer)
      let area = try #require(found)
      let offset = try #require(Self.offsetInGlibc)
      #expect(area.address == RemoteAddress(registers[.fsBase]) + offset)
      #expect(area.signature == 0x5305_3053)
      #expect(area.byteCount >= 20)
      #expect(pointer == 0)
      let call = try #require(bench.log.requests.first { $0.request == .getSequenceArea })
      #expect(call.detail == .sequenceArea(area))
      #expect(call.error == nil)
      bench.expectSoundEvents()
    }
  }

  @Test("None, where glibc was told to register none")
  @PtraceThread func none() throws {
    let bench = try Bench()
    let path = try House.victims.get() + "/blocked-in-read"
    let victim = try LiveProcess(
      path: path, words: [path], environment: ["GLIBC_TUNABLES=glibc.pthread.rseq=0"])
    defer { victim.end() }
    try #require(victim.nextLine() == "ready")
    let tracee = try bench.stop(victim)
    let found = try tracee.sequenceArea(by: bench.tracer)
    try tracee.detach(by: bench.tracer)
    #expect(found == nil)
    #expect(victim.ask("on") == "line on")
  }
}
