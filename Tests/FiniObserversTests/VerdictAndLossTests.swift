import FiniModel
import FiniProof
import FiniTimeline
import Testing

@testable import FiniObservers

@Suite("The verdict on a foreign tracer's fini says no more than is left after a loss")
struct VerdictAndLossTests {
  @Test("A loss inside fini, or after which fini may come, forbids any other verdict")
  func gap() {
    var inside = KernelScript.cure()
    inside.arm()
    inside.add(
      .delivered(SignalInfo(signal: .user1, code: .user)), by: KernelScript.tracee, lost: 1)
    inside.hit()
    inside.debugRegister(7, 0)
    inside.sigreturn()
    inside.detach()
    #expect(inside.timeline.judgement.verdict == .undetermined)
    var before = KernelScript.cure()
    before.add(
      .delivered(SignalInfo(signal: .user1, code: .user)), by: KernelScript.tracee, lost: 1)
    before.detach()
    #expect(before.timeline.judgement.verdict == .undetermined)
    var harmless = KernelScript.cure()
    harmless.add(
      .delivered(SignalInfo(signal: .user1, code: .user)), by: KernelScript.tracee, lost: 1)
    harmless.arm()
    harmless.hit()
    harmless.debugRegister(7, 0)
    harmless.sigreturn()
    harmless.unmap()
    harmless.detach()
    #expect(harmless.timeline.judgement.verdict == .landed)
    #expect(harmless.timeline.judgement.findings.map(\.kind) == [.gap])
  }

  @Test("Beside a loss nothing is said not to have happened, wherever the loss was")
  func negative() {
    // With all else as it was: rt_sigreturn that was left with no stop of the tracer's.
    func missed(lost: UInt64) -> KernelScript {
      var script = KernelScript.cure()
      script.add(
        .delivered(SignalInfo(signal: .user1, code: .user)), by: KernelScript.tracee, lost: lost)
      script.sigreturn()
      script.detach()
      return script
    }
    let (whole, cut) = (missed(lost: 0).timeline, missed(lost: 1).timeline)
    #expect(whole.judgement.verdict != .undetermined)
    #expect(cut.judgement.verdict == .undetermined)
    let gap = cut.events.first { $0.kind == .gap }
    #expect(cut.judgement.evidence.contains { $0.event == gap?.sequence })
  }

  @Test("Each event of the evidence is needed to land")
  func necessity() {
    var script = KernelScript.cure()
    script.arm()
    script.hit()
    script.debugRegister(7, 0)
    script.sigreturn()
    script.unmap()
    script.detach()
    let events = script.events
    for proof in script.timeline.judgement.evidence {
      let without = events.filter { $0.sequence != proof.event }
      let judgement = Timeline(reading: without, subject: KernelScript.tracee).judgement
      if proof.reason == "DR7 disarmed" {
        // It may not have been, which is harm; the stop is where it was.
        #expect(judgement.findings.contains { $0.kind == .detachedArmed })
      } else {
        #expect(judgement.verdict != .landed, "without \(proof.reason)")
      }
    }
  }

  private func landedScript(marksSyscalls: Bool) -> KernelScript {
    var script = KernelScript.cure(marksSyscalls: marksSyscalls)
    script.arm()
    script.hit()
    script.debugRegister(7, 0)
    script.sigreturn(status: marksSyscalls ? 0x857f : 0x57f)
    script.unmap()
    script.detach()
    return script
  }

  @Test("A tracee that ran far before the call returned that let it run", arguments: [true, false])
  func early(_ marksSyscalls: Bool) {
    let script = landedScript(marksSyscalls: marksSyscalls)
    var moved = script
    moved.records = []
    var moves = 0
    for record in script.records {
      let isItsOwn = record.task == KernelScript.tracee
      // After it, if this is the tracee's: the call that resumed it.
      let last = moved.records.lastIndex { $0.task == KernelScript.tracer }
      if isItsOwn, let last {
        moved.records.insert(record, at: last)
        moves += 1
        // Those of one run stay in their order.
        while let index = moved.records.indices.dropFirst().last(where: {
          moved.records[$0].task == KernelScript.tracee
            && moved.records[$0 - 1].task == KernelScript.tracee
            && moved.records[$0].entered < moved.records[$0 - 1].entered
        }) {
          moved.records.swapAt(index, index - 1)
        }
      } else {
        moved.records.append(record)
      }
    }
    #expect(moves == 5 && moved.records != script.records)
    #expect(moved.events.map(\.payload) == script.events.map(\.payload))
    #expect(moved.timeline.judgement.verdict == .landed)
  }

  @Test("Whatever is lost of fini, no verdict is landed", arguments: [true, false])
  func anyGap(_ marksSyscalls: Bool) throws {
    let script = landedScript(marksSyscalls: marksSyscalls)
    #expect(script.timeline.judgement.verdict == .landed)
    let all = script.records
    let interrupts = all.indices.filter {
      if case .call(let call) = all[$0].fact { call.arguments[0] == 0x4207 } else { false }
    }
    let begin = try #require(interrupts.last)
    let left = try #require(all.lastIndex { if case .sigreturn = $0.fact { true } else { false } })
    var tried = 0
    for first in all.indices {
      for end in first + 1..<all.count where first <= left + 1 && end > begin {
        var cut = script
        cut.records = Array(all[..<first])
        for var record in all[end...] {
          record.lost = UInt64(end - first)
          cut.records.append(record)
        }
        let judgement = cut.timeline.judgement
        tried += 1
        #expect(judgement.verdict != .landed, "without \(first)..<\(end)")
        // Nor that something was left: what took it away may have been lost.
        #expect(!judgement.leftTraces, "without \(first)..<\(end): \(judgement.findings)")
        #expect(cut.events.contains { $0.payload == .gap(lost: UInt64(end - first)) })
      }
    }
    #expect(tried > 300)
  }
}
