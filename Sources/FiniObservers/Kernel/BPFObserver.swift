internal import CFiniBPF
package import FiniModel
internal import FiniProcfs

/// Watches tracers from inside the kernel.
///
/// It holds a BPF program on tracepoints and hands out events. For one thread; everything is closed
/// when the value ends.
@safe
package struct BPFObserver: Observer, ~Copyable {
  /// Bytes of the ring: about 40,000 records. They count twice, as the kernel maps the ring twice.
  package static let defaultRingSize: UInt32 = 8 << 20

  /// How the program is attached to a tracepoint. The kernel skips each way for a reason of its own, and the
  /// other one reports it then; see docs/Decisions/0024.
  package struct Ways: OptionSet, Hashable, Sendable {
    /// A bit for each.
    package var rawValue: UInt32
    /// Takes the bits.
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// By way of perf, which keeps the processor while the program runs.
    package static let byPerf = Ways(rawValue: UInt32(FINI_BPF_BY_PERF))
    /// As a raw tracepoint. Some kernels preempt a task there, and skip the program for all others on
    /// that processor until the first goes on.
    package static let byItself = Ways(rawValue: UInt32(FINI_BPF_BY_ITSELF))
  }

  typealias Settings = BPFProgram.Settings

  private var program: BPFProgram
  private let adopts: Bool
  private var account: KernelAccount
  /// How many records were read; what was lost comes on top.
  private(set) var recordCount: UInt64 = 0

  /// How many of the subject's tasks are not watched, because the map was full.
  private var unwatched = 0

  /// Loads and attaches the program; from here on it reports the tasks that are added to it.
  ///
  /// - Parameters:
  ///   - subject: the task that the recording is about; `nil` if it is about whatever a followed
  ///     process traces.
  ///   - ringSize: bytes of the ring, a power of two.
  /// - Throws: ``BPFRefusal``, which names the missing right.
  package init(
    subject: TaskID?, ringSize: UInt32 = BPFObserver.defaultRingSize
  ) throws(BPFRefusal) {
    try self.init(subject: subject, Settings(ringSize: ringSize))
  }

  /// Takes settings that only tests have a use for.
  init(subject: TaskID?, _ settings: Settings) throws(BPFRefusal) {
    program = try BPFProgram(settings)
    adopts = subject == nil
    guard let subject else {
      account = KernelAccount(subject: TaskID(0))
      return
    }
    let tracer = (try? TaskStatus(of: subject))?.tracer ?? TaskID(0)
    account = KernelAccount(subject: subject, holder: tracer.rawValue > 0 ? tracer : nil)
    addTasks(of: subject)
    // A task that traces one of them already is a tracer whose attaching is not seen.
    if tracer.rawValue > 0 { addHolder(tracer) }
  }

  /// Records all calls of a process and of its children, whatever they are about.
  package func follow(_ process: TaskID) {
    let flags = FINI_BPF_WHOLLY | (adopts ? FINI_BPF_ADOPTS : 0)
    let result = unsafe fini_bpf_add_tracer(program.handle, process.rawValue, UInt32(flags))
    precondition(result == 0, "the map of tracers is full before anything ran")
    // Where it can't be had, the end is seen when the wait for the ring is over.
    _ = unsafe fini_bpf_wake_at_end(program.handle, process.rawValue)
  }

  /// Waits until there is much to read, or for at most `timeout` ms, and turns some of it into events.
  ///
  /// Some: so that memory has a bound. It does not wait as long as there is more. The end of the process that is
  /// followed ends the wait too. Empty as well if a signal came meanwhile.
  package mutating func next(timeout: Int32) -> [Event] {
    if !hasMore { _ = wait(timeout) }
    return drain()
  }

  /// Waits; whether something came before the time was over.
  func wait(_ timeout: Int32) -> Bool { program.wait(timeout) }

  /// Whether the last ``next(timeout:)`` left something to read.
  package var hasMore: Bool { program.isBufferFull }

  /// Everything that was seen until now, and what it leaves open; the last call.
  package mutating func finish() -> [Event] {
    var events: [Event] = []
    while true {
      let before = recordCount
      events += drain()
      if recordCount == before { break }
    }
    return events + account.finish(lost: lost, skipped: skipped)
  }

  /// Makes an event of a snapshot of a task.
  package mutating func note(_ snapshot: Snapshot, of task: TaskID, at time: Instant) -> [Event] {
    account.note(snapshot, of: task, at: time)
  }

  /// How many records of the watched tasks are known to be lost.
  ///
  /// Each is one that the ring had no space for, or the return of a call that was not seen. After ``finish()`` also
  /// what may be missing, where the recording ends in the middle.
  package var lost: UInt64 {
    max(program.lost, account.lost)
  }

  /// How often the kernel may have skipped every program of a tracepoint, for any task of this machine.
  ///
  /// At most so many records are missing beside those that are known to be lost, and none as a rule: the kernel
  /// tells no more. Before Linux 5.12, or by way of perf 6.7, it doesn't count them.
  package var skipped: UInt64 { program.skipped }

  /// How the program is attached.
  package var ways: Ways { Ways(rawValue: unsafe fini_bpf_ways(program.handle)) }

  /// Whether the kernel was seen to keep the processor while a program on a raw tracepoint runs, so that it skips none.
  package var isKept: Bool { unsafe fini_bpf_is_kept(program.handle) != 0 }

  /// What is missing, or may be.
  package var shortcoming: String? {
    var all: [String] = []
    if unwatched > 0 {
      all.append("\(unwatched) of the tasks, for more than can be watched")
    }
    let skipped = skipped
    if skipped > 0 {
      all.append("what the kernel skipped, \(skipped) times, for any task")
    }
    return all.isEmpty ? nil : all.joined(separator: ", ")
  }

  /// The tasks that events spoke of for the first time since this was last asked.
  package mutating func takeMentioned() -> [TaskID] { account.takeMentioned() }

  /// The tracees that are held by a tracer now.
  package var held: [TaskID] { account.held }

  /// Whether a tracer made a request of a watched task; without a subject, of any.
  package var hasSeenRequest: Bool { account.hasSeenRequest }

  /// How often a tracer let go of the subject.
  package var releases: Int { account.releases }

  /// The task that traced the subject last.
  package var lastTracer: TaskID? { account.lastTracer }

  /// The calls that have not returned. A tracer that hangs is in one of them.
  package var callsUnderWay: [CallUnderWay] {
    var tasks = [Int32](repeating: 0, count: 1024)
    var calls = [fini_bpf_pending](repeating: fini_bpf_pending(), count: 1024)
    let count = unsafe fini_bpf_pending_calls(program.handle, &tasks, &calls, 1024)
    return (0..<max(0, Int(count))).map { index in
      CallUnderWay(
        task: TaskID(tasks[index]), entered: Instant(rawValue: calls[index].entered),
        number: calls[index].number,
        target: TaskID(
          Int32(
            truncatingIfNeeded: calls[index].number == SyscallNumber.ptrace
              ? calls[index].arguments.1 : calls[index].arguments.0)))
    }
  }

  // MARK: Inside

  /// The records that fit into the buffer.
  private mutating func drain() -> [Event] {
    let records = program.drain()
    recordCount += UInt64(records.count)
    return account.take(records)
  }

  /// The process, all below it, and all their threads. A task that is made during the scan is added by the
  /// program itself if its maker is known already, so this ends when a scan of all processes finds nothing new. The first
  /// scan is the quick one, which may miss some.
  private mutating func addTasks(of subject: TaskID) {
    let process = (try? TaskStatus(of: subject))?.process ?? subject
    var tree = TaskTree(root: process)
    var known: Set<TaskID> = []
    for turn in 0..<64 {
      var isNew = false
      let found = tree.scan(by: turn == 0 ? .children : .parents)
      for task in found where known.insert(task.task).inserted {
        isNew = true
        account.watched.insert(task.task)
        let result = unsafe fini_bpf_add_tracee(
          program.handle, task.task.rawValue, (task.group ?? task.task).rawValue)
        if result < 0 { unwatched += 1 }
      }
      if !isNew, turn > 0 { return }
    }
  }

  private func addHolder(_ tracer: TaskID) {
    let process = (try? TaskStatus(of: tracer))?.process ?? tracer
    _ = unsafe fini_bpf_add_tracer(program.handle, process.rawValue, 0)
  }
}
