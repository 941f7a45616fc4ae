import CFiniBPF
import FiniModel
import FiniProof
import FiniTestSupport
import Testing

@testable import FiniObservers

@Suite("Nothing is lost unseen", .serialized, .enabled(if: Watching.isPermitted))
struct LossTests {
  @Test("Of 600 signals every one is generated, and delivered or coalesced")
  func signals() throws {
    let path = try House.victims.get() + "/counts-usr1"
    let victim = try LiveProcess(path: path, words: ["counts-usr1"])
    #expect(victim.nextLine() == "ready")
    var observer = try BPFObserver(subject: victim.task)
    for _ in 0..<600 { victim.signal(10) }
    let handled = victim.ask("count")
    let events = observer.finish()
    func count(_ fate: SignalRecord.Fate) -> Int {
      events.count {
        guard case .signal(let record) = $0.payload else { return false }
        return record.info.signal == .user1 && record.fate == fate
      }
    }
    #expect(count(.generated) == 600)
    #expect(count(.generated) == count(.delivered) + count(.coalesced))
    #expect(handled == "count \(count(.delivered))", "the victim's own count")
    #expect(observer.lost == 0)
    for event in events {
      guard case .signal(let record) = event.payload, record.fate == .generated else { continue }
      #expect(record.info.sender == TaskID(Doors.ownProcess) && record.toProcess == true)
    }
  }

  @Test(
    "An overflow: what is reported lost is what another observer has more",
    arguments: [BPFObserver.Ways.byPerf, .byItself, [.byPerf, .byItself]])
  func overflow(_ ways: BPFObserver.Ways) throws {
    let path = try House.victims.get() + "/counts-usr1"
    let victim = try LiveProcess(path: path, words: ["counts-usr1"])
    #expect(victim.nextLine() == "ready")
    var small = try BPFObserver(subject: victim.task, .init(ringSize: 4096, ways: ways))
    var big = try BPFObserver(subject: victim.task, .init(ways: ways))
    #expect(small.ways == ways && big.ways == ways)
    for _ in 0..<500 { victim.signal(10) }
    // Every one was taken before this is answered.
    #expect(victim.ask("count") != nil)
    let (few, all) = (small.finish(), big.finish())
    #expect(big.lost == 0)
    #expect(small.lost > 0)
    #expect(small.recordCount + small.lost == big.recordCount)
    let gaps = few.compactMap { event -> UInt64? in
      if case .gap(let lost) = event.payload { lost } else { nil }
    }
    #expect(gaps.reduce(0, +) == small.lost)
    #expect(!all.contains { $0.kind == .gap })
  }

  @Test("Two ways at once tell of everything once, as each of them does")
  func bothWays() throws {
    let path = try House.victims.get() + "/forks"
    let victim = try LiveProcess(path: path, words: ["forks"])
    #expect(victim.nextLine() == "ready")
    // Nothing happens until all three are there.
    victim.signal(19)
    try victim.settle(in: ["T"])
    try eventually(
      "the end of a child", within: 5000,
      seeing: { victim.children.map { statusField(of: $0, "State").first } }
    ) { $0.allSatisfy { $0 == "Z" } }
    var observers = Observers(
      both: try BPFObserver(subject: victim.task, .init(ways: [.byPerf, .byItself])),
      perf: try BPFObserver(subject: victim.task, .init(ways: .byPerf)),
      raw: try BPFObserver(subject: victim.task, .init(ways: .byItself)))
    victim.signal(12)
    victim.signal(18)
    #expect(victim.nextLine()?.hasPrefix("forks ") == true)
    victim.closeInput()
    #expect(victim.waitForEnd(within: 5000) == 0)
    let told = observers.finish()
    // Forks, ends, signals and each rt_sigreturn of the victim and of its children.
    #expect(told.both > 20)
    #expect(told.both == told.perf)
    #expect(told.both == told.raw)
  }

  /// Three that watch the same.
  private struct Observers: ~Copyable {
    var both: BPFObserver
    var perf: BPFObserver
    var raw: BPFObserver

    /// How many records each has.
    mutating func finish() -> (both: UInt64, perf: UInt64, raw: UInt64) {
      _ = (both.finish(), perf.finish(), raw.finish())
      return (both.recordCount, perf.recordCount, raw.recordCount)
    }
  }

  @Test("Where perf's tracepoints are out of reach the raw ones are taken alone")
  func withoutPerf() throws {
    let observer = try BPFObserver(
      subject: TaskID(Doors.ownProcess),
      .init(ringSize: 1 << 16, ways: [.byPerf, .byItself], lacking: "raw_syscalls"))
    #expect(observer.ways == .byItself)
    #expect(throws: BPFRefusal.self) {
      _ = try BPFObserver(
        subject: TaskID(Doors.ownProcess),
        .init(ringSize: 1 << 16, ways: .byPerf, lacking: "raw_syscalls"))
    }
  }

  @Test("Tasks that are not watched because the map is full are counted")
  func fullMap() throws {
    let path = try House.victims.get() + "/idle-threads"
    let victim = try LiveProcess(path: path, words: ["idle-threads", "20"])
    #expect(victim.nextLine() == "ready")
    let observer = try BPFObserver(subject: victim.task, .init(mostTracees: 4))
    // 21 tasks.
    #expect(observer.shortcoming == "17 of the tasks, for more than can be watched")
    #expect(try BPFObserver(subject: victim.task).shortcoming == nil)
  }

  @Test("The layout of a task: what BTF says is what a search finds")
  func offsets() throws {
    var fromBTF = fini_bpf_settings()
    var found = fini_bpf_settings()
    try #require(fini_bpf_offsets_from_btf(&fromBTF) == 0, "a kernel without BTF")
    let result = ObserverProgram.words.withUnsafeBytes {
      fini_bpf_offsets_by_search($0.baseAddress, UInt64(ObserverProgram.byteCount), &found)
    }
    #expect(result == 0)
    #expect(found.pid_offset == fromBTF.pid_offset && found.tgid_offset == fromBTF.tgid_offset)
    #expect(found.exit_code_offset == 0 && fromBTF.exit_code_offset != 0)
  }

  @Test("Threads and children that are born meanwhile are watched from their birth")
  func births() throws {
    let path = try House.victims.get() + "/forks"
    let victim = try LiveProcess(path: path, words: ["forks"])
    #expect(victim.nextLine() == "ready")
    var observer = try BPFObserver(subject: victim.task)
    var events: [Event] = []
    for _ in 0..<20 { events += observer.next(timeout: 5) }
    let before = observer.recordCount
    victim.signal(12)
    let said = victim.nextLine()
    victim.closeInput()
    #expect(victim.waitForEnd(within: 5000) == 0)
    events += observer.finish()
    let ends = events.filter { $0.kind == .exit }
    #expect(said?.hasPrefix("forks ") == true && before > 0)
    #expect(ends.contains { $0.tracee == victim.task })
    let children = ends.filter { $0.tracee != victim.task }
    #expect(!children.isEmpty)
    #expect(Set(children.map(\.tracee)).count == children.count, "each ends once")
    // A child exits with the number of its turn.
    for (index, child) in children.enumerated().dropFirst() {
      guard case .ended(.exited(let code)) = child.payload,
        case .ended(.exited(let before)) = children[index - 1].payload
      else { continue }
      #expect(code == (before + 1) & 63)
    }
  }

  @Test(
    "A kernel without one of the tracepoints is refused, and it is named",
    arguments: ["sys_enter", "signal_deliver", "sched_process_exit"])
  func lacking(_ tracepoint: String) throws {
    // Attached to a name that no kernel has, so that the refusal is the kernel's own.
    do throws(BPFRefusal) {
      _ = try BPFObserver(
        subject: TaskID(Doors.ownProcess), .init(ringSize: 1 << 16, lacking: tracepoint))
      Issue.record("it was attached all the same")
    } catch {
      #expect(error.stage == .attach && error.error.rawValue == 2, "\(error.detail)")
      #expect(error.message.contains("the kernel lacks the tracepoint \(tracepoint) "))
    }
    // What was attached before it is let go.
    _ = try BPFObserver(subject: TaskID(Doors.ownProcess), ringSize: 1 << 16)
  }
}

@Suite("What the kernel skips, of any task")
struct SkippedTests {
  private let attach = KernelRecord(
    task: TaskID(20), process: TaskID(20), entered: Instant(rawValue: 1),
    left: Instant(rawValue: 2),
    lost: 0,
    fact: .call(
      SeenCall(
        number: SyscallNumber.ptrace, arguments: [0x4206, 10, 0, 0, 0], result: 0, word: nil,
        memory: [])))

  private func gaps(of events: [Event]) -> [UInt64] {
    events.compactMap { event in if case .gap(let lost) = event.payload { lost } else { nil } }
  }

  @Test("It is no loss of a run that ended with no tracee held")
  func ended() {
    var account = KernelAccount(subject: TaskID(10))
    var detach = attach
    _ = account.take([attach])
    detach.fact = .call(
      SeenCall(
        number: SyscallNumber.ptrace, arguments: [17, 10, 0, 0, 0], result: 0, word: nil, memory: []
      ))
    _ = account.take([detach])
    #expect(gaps(of: account.finish(lost: 0, skipped: 7)) == [])
  }

  @Test("It may be that the tracee was let go, where it is held at the end")
  func held() {
    var account = KernelAccount(subject: TaskID(10))
    _ = account.take([attach])
    #expect(gaps(of: account.finish(lost: 0, skipped: 7)) == [7])
    var certain = KernelAccount(subject: TaskID(10))
    _ = certain.take([attach])
    #expect(gaps(of: certain.finish(lost: 2, skipped: 0)) == [2])
  }
}
