import FiniModel
import Testing

@Suite struct WaitStatusTests {
  // Hand-written: words seen on a kernel 6.18, wait(2) and ptrace(2).
  @Test(
    "A word decodes as the manual says",
    arguments: [
      (0x80057f, WaitStatus.event(.stop, .trap)),
      (0x00057f, .stopped(.trap)),
      (0x00857f, .syscallStop),
      (0x00137f, .stopped(.stop)),
      (0x80137f, .event(.stop, .stop)),
      (0x000b7f, .stopped(.segmentation)),
      (0x00047f, .stopped(.illegalInstruction)),
      (0x00077f, .stopped(.bus)),
      (0x01057f, .event(.fork, .trap)),
      (0x02057f, .event(.vfork, .trap)),
      (0x03057f, .event(.clone, .trap)),
      (0x04057f, .event(.exec, .trap)),
      (0x05057f, .event(.vforkDone, .trap)),
      (0x06057f, .event(.exit, .trap)),
      (0x07057f, .event(.seccomp, .trap)),
      (0x00407f, .stopped(Signal(rawValue: 64))),
      (0x000000, .exited(code: 0)),
      (0x000100, .exited(code: 1)),
      (0x00ff00, .exited(code: 255)),
      (0x000009, .killed(.kill, dumpedCore: false)),
      (0x00008b, .killed(.segmentation, dumpedCore: true)),
      (0x000085, .killed(.trap, dumpedCore: true)),
      (0x000040, .killed(Signal(rawValue: 64), dumpedCore: false)),
      (0x00ffff, .continued),
      (0x00007f, .unrecognized(0x7f)),
      (0x00417f, .unrecognized(0x417f)),
      (0x0000ff, .unrecognized(0xff)),
      (0x000080, .unrecognized(0x80)),
      (0x000041, .unrecognized(0x41)),
      (0x000109, .unrecognized(0x109)),
      (0x010000, .unrecognized(0x10000)),
      (0x100_057f, .unrecognized(0x100_057f)),
      (0xdead_beef, .unrecognized(0xdead_beef)),
      (0xffff_ffff, .unrecognized(0xffff_ffff)),
    ] as [(UInt32, WaitStatus)])
  func table(_ word: UInt32, _ expected: WaitStatus) {
    #expect(WaitStatus(rawValue: word) == expected)
  }

  @Test("Every word decodes, and an odd one is kept as it is")
  func total() {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<200_000 {
      let word = UInt32.random(in: 0...UInt32.max, using: &generator)
      check(word)
      // The lower bits decide: most random words would test one case only.
      check(word & 0xffff)
      check(word & 0xff_ff00 | 0x7f)
    }
  }

  private func check(_ word: UInt32) {
    switch WaitStatus(rawValue: word) {
    case .exited(let code): #expect(word == UInt32(code) << 8)
    case .killed(let signal, let core):
      #expect(word == UInt32(signal.rawValue) | (core ? 0x80 : 0))
    case .stopped(let signal): #expect(word == UInt32(signal.rawValue) << 8 | 0x7f)
    case .syscallStop: #expect(word == 0x857f)
    case .event(let event, let signal):
      #expect(word == UInt32(event.rawValue) << 16 | UInt32(signal.rawValue) << 8 | 0x7f)
    case .continued: #expect(word == 0xffff)
    case .unrecognized(let kept): #expect(kept == word)
    }
  }

  @Test("Each of 2^20 words comes back from what it means")
  func roundTrip() {
    for word in (0..<UInt32(1) << 20) where WaitStatus(rawValue: word).rawValue != word {
      Issue.record("\(word) became \(WaitStatus(rawValue: word).rawValue)")
      return
    }
  }

  // Hand-written after waitid(2) and, for the event above the signal, ptrace(2): "si_status" of a PTRACE_EVENT stop.
  @Test(
    "A SIGCHLD or waitid becomes the status that wait4 reports",
    arguments: [
      (1, 3, 0x300), (2, 9, 9), (3, 11, 0x8b), (4, 5, 0x57f), (4, 0x85, 0x857f),
      (4, 0x8005, 0x80057f), (5, 19, 0x137f), (6, 18, 0xffff),
    ] as [(Int32, UInt32, UInt32)])
  func child(code: Int32, status: UInt32, word: UInt32) {
    let found = WaitStatus(childCode: WaitStatus.ChildCode(rawValue: code), status: status)
    #expect(found?.rawValue == word)
    #expect(found == WaitStatus(rawValue: word))
  }

  @Test("Another code of a SIGCHLD says nothing about the child")
  func noChild() {
    #expect(WaitStatus(childCode: WaitStatus.ChildCode(rawValue: 0), status: 5) == nil)
    #expect(WaitStatus(childCode: WaitStatus.ChildCode(rawValue: 7), status: 5) == nil)
  }

  @Test("A task is stopped, ended, or neither")
  func stopOrEnd() {
    #expect(WaitStatus(rawValue: 0x57f).isStop)
    #expect(!WaitStatus(rawValue: 0x57f).isEnd)
    #expect(WaitStatus(rawValue: 9).isEnd)
    #expect(!WaitStatus(rawValue: 9).isStop)
    #expect(!WaitStatus(rawValue: 0xffff).isStop)
    #expect(!WaitStatus(rawValue: 0xffff).isEnd)
  }
}
