internal import FiniModel

/// What a foreign tracer left in a task when it let go, as far as its requests show it.
///
/// Each remnant follows from a pair that is not closed: a word read and patched and not written back,
/// memory mapped and not unmapped, a signal taken and not given back, a mask set and not put back.
struct DetachAudit {
  private(set) var findings: [Finding] = []

  private var originals: [RemoteAddress: UInt64] = [:]
  private var patches: [RemoteAddress: UInt32] = [:]
  private var mask: SignalSet?
  private var changedMask: (set: SignalSet, event: UInt32)?
  private var mapped: [(range: RemoteRange, event: UInt32)] = []
  /// The registers of a remote call that is under way, and whether the task ran since.
  private var call: (registers: Registers, event: UInt32, hasRun: Bool)?
  private var taken: [Signal: UInt32] = [:]
  private var atStop: (signal: Signal, info: SignalInfo?, event: UInt32)?
  /// What each signal came with that was seen to be sent; by ptrace alone few are.
  private var sent: [Signal: SignalInfo] = [:]
  private var attachStop = AttachStop.possible
  /// The signals that the task had handlers for before it was let go.
  private var caught: SignalSet?
  private var isOver = false
  /// How far a remote call moves the instruction pointer: by the system call instruction, which has two
  /// bytes in either mode, and by an int3 if that ends it.
  private static let callLengths: ClosedRange<UInt64> = 2...3

  /// Whether the next SIGSTOP may be one of the kernel's own, by which a tracer takes hold of a task.
  private enum AttachStop {
    /// PTRACE_ATTACH sent one; or the task was traced before it was watched, perhaps from its birth.
    case possible
    /// It was taken, or there never was one.
    case past
  }

  init() {}

  private init(caught: SignalSet?) { self.caught = caught }

  mutating func observe(_ event: Event) {
    if case .snapshot(let snapshot) = event.payload {
      observe(caught: snapshot.caught, at: event.sequence)
    }
    // What was lost may have closed whatever is open.
    if case .gap = event.payload, !isOver { self = DetachAudit(caught: caught) }
    if isOver {
      // The sigframe has the mask.
      if case .sigreturn(let record) = event.payload, record.passage == .left {
        findings.removeAll { $0.kind == .maskChanged }
      }
      return
    }
    switch event.payload {
    case .request(let call) where call.error == nil:
      observe(call, at: event.sequence)
    case .stop(let stop):
      atStop = nil
      if stop.stopClass == .signalDelivery, let signal = stop.signal {
        atStop = (signal, stop.info ?? sent[signal], event.sequence)
        // What it sent to this very task was never the task's.
        if atStop?.info?.isForThread(by: event.tracer) == true { atStop = nil }
      }
    case .signal(let record) where record.fate == .generated:
      sent[record.info.signal] = record.info
      // Sent anew, which may be the tracer giving it back.
      taken[record.info.signal] = nil
    case .sigreturn(let record) where record.passage == .left:
      changedMask = nil
    case .ended:
      isOver = true
    default:
      break
    }
  }

  /// Takes the exit of the task's rt_sigreturn: its sigframe has the mask.
  mutating func observeSigreturn() { changedMask = nil }

  /// Takes the end of the tracer, which lets go of everything at once.
  mutating func observeTracerEnd(at sequence: UInt32) {
    guard !isOver else { return }
    conclude(at: sequence)
  }

  private mutating func observe(_ call: RequestCall, at sequence: UInt32) {
    if call.request.resumes { observeResume(call, at: sequence) }
    switch call.request.kind {
    case .attach: attachStop = .possible
    case .seize, .traceMe: attachStop = .past
    default: break
    }
    switch call.request {
    case .peekText, .peekData:
      let address = RemoteAddress(call.address)
      if patches[address] == nil { originals[address] = call.data }
    case .pokeText, .pokeData:
      let address = RemoteAddress(call.address)
      // What was not read before can't be told from what is right.
      guard let original = originals[address] else { return }
      patches[address] = call.data == original ? nil : sequence
    case .getSignalMask:
      if case .signalSet(let set) = call.detail, mask == nil, changedMask == nil { mask = set }
    case .setSignalMask:
      if case .signalSet(let set) = call.detail {
        changedMask = set == mask ? nil : (set, sequence)
      }
    case .setRegisters, .setRegisterSet:
      if case .registers(let registers) = call.detail { self.call = (registers, sequence, false) }
    case .getRegisters, .getRegisterSet:
      if case .registers(let registers) = call.detail { observe(result: registers) }
    case .detach:
      conclude(at: sequence)
    default:
      break
    }
  }

  private mutating func observe(caught now: SignalSet?, at sequence: UInt32) {
    guard let now else { return }
    guard isOver, let before = caught else {
      caught = caught ?? now
      return
    }
    // What it handles now and did not before is its own doing.
    let lost = before.subtracting(now)
    if !lost.isEmpty, !findings.contains(where: { $0.kind == .handlerLost }) {
      let names = (1...64).map { Signal(rawValue: $0) }.filter { lost.contains($0) }
      add(
        .handlerLost, sequence,
        names.map { "\($0)" }.joined(separator: ", ") + " had a handler before and has none now")
    }
  }

  private mutating func observeResume(_ call: RequestCall, at sequence: UInt32) {
    self.call?.hasRun = true
    guard let (signal, info, event) = atStop else { return }
    atStop = nil
    let isAttachStop = signal == .stop && takesAttachStop(info)
    if call.data == UInt64(bitPattern: Int64(signal.rawValue)) || isAttachStop { return }
    taken[signal] = event
  }

  /// Whether a SIGSTOP is the kernel's own, by which the tracer took hold of the task.
  ///
  /// Where nobody saw what it came with, the first one may be, and the tracer is not accused.
  private mutating func takesAttachStop(_ info: SignalInfo?) -> Bool {
    if let info, info.namesItsCause { return info.code == .kernel }
    guard case .possible = attachStop else { return false }
    attachStop = .past
    return true
  }

  private mutating func observe(result: Registers) {
    guard let (registers, event, hasRun) = call, hasRun else { return }
    call = nil
    // A task of its own registers may have any number in rax.
    let length = result[.rip] &- registers[.rip]
    guard DetachAudit.callLengths.contains(length) else { return }
    let value = result[.rax]
    switch registers[.rax] {
    case SyscallNumber.mmap:
      let (end, overflow) = value.addingReportingOverflow(registers[.rsi])
      guard !overflow, registers[.rsi] > 0, Errno(result: Int64(bitPattern: value)) == nil else {
        return
      }
      mapped.append((RemoteRange(start: RemoteAddress(value), end: RemoteAddress(end)), event))
    case SyscallNumber.munmap where value == 0:
      let start = RemoteAddress(registers[.rdi])
      mapped.removeAll { $0.range.start == start }
    default:
      break
    }
  }

  private mutating func conclude(at sequence: UInt32) {
    isOver = true
    for (address, event) in patches.sorted(by: { $0.key < $1.key }) {
      add(.memoryPatched, event, "the word at \(address) was patched and not written back")
    }
    for (range, event) in mapped {
      add(.blobLeft, event, "\(range.byteCount) bytes mapped at \(range.start) were not unmapped")
    }
    for (signal, event) in taken.sorted(by: { $0.key < $1.key }) {
      add(.signalLost, event, "\(signal) was taken from the task and not given back")
    }
    if let mask, let (set, event) = changedMask {
      add(.maskChanged, event, "the signal mask was \(mask) and is \(set)")
    }
  }

  private mutating func add(_ kind: Finding.Kind, _ event: UInt32, _ sentence: String) {
    findings.append(Finding(kind: kind, event: event, sentence: sentence))
  }
}
