internal import CFiniBPF
internal import FiniModel
internal import FiniProof

/// What the program in the kernel saw, one thing at a time, before it is an event.
struct KernelRecord: Hashable, Sendable {
  /// The task that did it; for a generated signal the task that ran, which may be any.
  var task: TaskID
  /// That task's process.
  var process: TaskID
  /// When it began.
  var entered: Instant
  /// When it was over.
  var left: Instant
  /// How many records were known to be lost by then.
  var lost: UInt64
  /// What happened.
  var fact: Fact

  /// Whether the task did it while it ran, as one that is stopped can't.
  var isOwnDoing: Bool {
    switch fact {
    case .delivered, .forked, .executed, .sigreturn: true
    case .generated(let signal): signal.target == task
    case .call, .ended, .tracer, .unknown: false
    }
  }

  /// What happened.
  enum Fact: Hashable, Sendable {
    /// A system call returned.
    case call(SeenCall)
    /// A signal was generated for a task.
    case generated(Generated)
    /// The task takes a signal: its handler runs, or its default action.
    case delivered(SignalInfo)
    /// The task made another.
    case forked(child: TaskID)
    /// The task runs another program.
    case executed(before: TaskID)
    /// The task ends, with this wait status where it is known.
    case ended(status: UInt32?, isTracer: Bool)
    /// The task's process is a tracer from here on; the task has this name, and these are the process's first words.
    case tracer(name: String, words: [String] = [])
    /// The task is at its rt_sigreturn.
    case sigreturn(SigreturnRecord)
    /// What this version has no word for.
    case unknown(UInt8)
  }

  /// A signal on its way to a task.
  typealias Generated = GeneratedSignal
  /// What became of a generated signal.
  typealias Outcome = GeneratedSignal.Outcome
}

/// A system call that returned.
struct SeenCall: Hashable, Sendable {
  /// The number, of x86-64.
  var number: UInt64
  /// The first five arguments.
  var arguments: [UInt64]
  /// What it returned: zero or more, or a negated error number.
  var result: Int64
  /// What a pointer among the arguments pointed to: a word, or the length of an iovec.
  var word: UInt64?
  /// The bytes there.
  var memory: [UInt8]

  /// Whether a call traces, waits or sends a signal.
  static func isWatched(_ number: UInt64) -> Bool {
    switch number {
    case SyscallNumber.ptrace, SyscallNumber.wait4, SyscallNumber.waitid, SyscallNumber.kill,
      SyscallNumber.rtSigqueueinfo, SyscallNumber.tkill, SyscallNumber.tgkill,
      SyscallNumber.rtTgsigqueueinfo:
      true
    default: false
    }
  }
}

extension KernelRecord {
  /// Reads one record; total for any bytes.
  ///
  /// - Returns: `nil` if there are too few.
  init?(_ bytes: ArraySlice<UInt8>) {
    let headSize = MemoryLayout<fini_bpf_record>.size
    guard bytes.count >= headSize else { return nil }
    var head = fini_bpf_record()
    unsafe withUnsafeMutableBytes(of: &head) { target in
      unsafe target.copyBytes(from: bytes.prefix(headSize))
    }
    let rest = bytes.dropFirst(headSize)
    let hasMemory = head.flags & UInt8(FINI_BPF_HAS_MEMORY) != 0
    let memory = hasMemory ? Array(rest.prefix(Int(head.size))) : []
    self.init(
      task: TaskID(head.task), process: TaskID(head.process),
      entered: Instant(rawValue: head.entered), left: Instant(rawValue: head.left),
      lost: head.lost, fact: Fact(head, memory: memory))
  }

  /// Reads the records of a batch, each after its size as eight bytes.
  ///
  /// Bytes that make no record end the reading: what follows them can't be found.
  static func all(in batch: ArraySlice<UInt8>) -> [KernelRecord] {
    var records: [KernelRecord] = []
    var rest = batch
    while let size = rest.word(at: 0) {
      let body = rest.dropFirst(8)
      guard let count = Int(exactly: size), count <= body.count,
        let record = KernelRecord(body.prefix(count))
      else { break }
      records.append(record)
      rest = body.dropFirst(count)
    }
    return records
  }
}

extension KernelRecord.Fact {
  fileprivate init(_ head: fini_bpf_record, memory: [UInt8]) {
    let arguments = [
      head.arguments.0, head.arguments.1, head.arguments.2, head.arguments.3, head.arguments.4,
    ]
    func has(_ flag: Int) -> Bool { head.flags & UInt8(truncatingIfNeeded: flag) != 0 }
    switch Int(head.kind) {
    case FINI_BPF_CALL:
      self = .call(
        SeenCall(
          number: head.number, arguments: arguments, result: head.result,
          word: has(FINI_BPF_HAS_MEMORY) || head.word != 0 ? head.word : nil, memory: memory))
    case FINI_BPF_GENERATED:
      self = .generated(
        KernelRecord.Generated(
          target: TaskID(head.subject), info: SignalInfo(bytes: memory[...], of: head.number),
          toProcess: has(FINI_BPF_TO_PROCESS), outcome: KernelRecord.Outcome(head.result),
          programCounter: has(FINI_BPF_HAS_PC) ? RemoteAddress(head.counter) : nil))
    case FINI_BPF_DELIVERED:
      self = .delivered(SignalInfo(bytes: memory[...], of: head.number))
    case FINI_BPF_FORKED:
      self = .forked(child: TaskID(head.subject))
    case FINI_BPF_EXECUTED:
      self = .executed(before: TaskID(Int32(truncatingIfNeeded: head.arguments.0)))
    case FINI_BPF_EXITED:
      self = .ended(
        status: has(FINI_BPF_HAS_STATUS) ? UInt32(truncatingIfNeeded: head.arguments.0) : nil,
        isTracer: has(FINI_BPF_OF_TRACER))
    case FINI_BPF_TRACER:
      let bytes = arguments.prefix(2).flatMap { word in
        (0..<8).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) }
      }
      var words = memory.split(separator: 0, omittingEmptySubsequences: false)
        .map { String(decoding: $0, as: UTF8.self) }
      // The last one ends with a zero, where it was not cut off.
      if words.last?.isEmpty == true { words.removeLast() }
      self = .tracer(
        name: String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self), words: words)
    case FINI_BPF_SIGRETURN_ENTERED, FINI_BPF_SIGRETURN_LEFT:
      guard let registers = Registers(kernel: memory[...]) else {
        self = .unknown(head.kind)
        return
      }
      self = .sigreturn(
        SigreturnRecord(
          passage: Int(head.kind) == FINI_BPF_SIGRETURN_ENTERED ? .entered : .left,
          registers: registers))
    default:
      self = .unknown(head.kind)
    }
  }
}
