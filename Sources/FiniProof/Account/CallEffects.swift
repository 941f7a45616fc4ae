package import FiniModel

/// What the calls that a task made for its tracer changed in it, and did not change back: descriptors, protections,
/// what else a process has one of. Memory that was mapped is ``MappedMemory``'s.
package struct CallEffects: Hashable, Sendable {
  /// One change that is not undone.
  package struct Change: Hashable, Sendable, CustomStringConvertible {
    /// What it is a change of.
    package enum Subject: Hashable, Sendable {
      /// This descriptor was opened, or another file put in its place.
      case descriptor(UInt64)
      /// This descriptor was closed.
      case closedDescriptor(UInt64)
      /// How memory that begins here may be used.
      case protection(RemoteAddress)
      /// What the process, or thread, has one of for each number: a handler, a limit, an option of prctl(2).
      case setting(call: UInt64, UInt64)
    }
    /// What it is a change of.
    package var subject: Subject
    /// The number of the call.
    package var number: UInt64
    /// Its first three arguments.
    package var arguments: [UInt64]

    /// `mprotect(0x401000, 0x1000, 0x7)`.
    package var description: String {
      let words = arguments.map { "0x" + String($0, radix: 16) }.joined(separator: ", ")
      return "\(SyscallNumber.name(number) ?? "call \(number)")(\(words))"
    }
  }

  private struct Known: Hashable {
    var change: Change
    var event: UInt32
    var isSure: Bool
  }

  /// The calls that return a new descriptor, by their numbers.
  private static let opening: Set<UInt64> = Set(
    [
      "open", "creat", "openat", "openat2", "dup", "socket", "memfd_create", "eventfd", "eventfd2",
      "epoll_create", "epoll_create1", "timerfd_create", "signalfd", "signalfd4", "pidfd_open",
      "io_uring_setup", "accept", "accept4", "perf_event_open", "inotify_init", "inotify_init1",
      "userfaultfd",
    ].compactMap { SyscallNumber.number(named: $0) })

  private var open: [Known] = []
  /// What a setting was, as a call told it.
  private var originals: [Change.Subject: UInt64] = [:]
  /// It opened descriptors whose numbers are only in its memory.
  private var hasHiddenDescriptors = false

  /// What is not undone, in order.
  var remnants: [Remnant] {
    open.map { Remnant(what: .call($0.change), event: $0.event, isSure: $0.isSure) }
  }

  /// Events were lost: what is open may be closed.
  mutating func doubt() {
    for index in open.indices { open[index].isSure = false }
  }

  /// A call was made.
  ///
  /// - Parameter isOwnMemory: whether an address lies in memory that was mapped for the tracer.
  mutating func observe(_ made: MappedMemory.Made, isOwnMemory: (RemoteAddress) -> Bool) {
    guard Errno(result: Int64(bitPattern: made.result)) == nil else { return }
    let number = made.registers[.rax]
    let first = made.registers[.rdi]
    let second = made.registers[.rsi]
    if CallEffects.opening.contains(number) {
      return begin(.descriptor(made.result), made)
    }
    switch SyscallNumber.name(number) {
    case "close":
      if end(.descriptor(first)) == false, !hasHiddenDescriptors {
        begin(.closedDescriptor(first), made)
      }
    case "dup2" where first != second, "dup3":
      if end(.closedDescriptor(second)) == false { toggle(.descriptor(second), made) }
    case "pipe", "pipe2", "socketpair", "recvmsg": hasHiddenDescriptors = true
    case "mprotect" where !isOwnMemory(RemoteAddress(first)):
      toggle(.protection(RemoteAddress(first)), made)
    case "brk" where first == 0: originals[.setting(call: number, 0)] = made.result
    // It returns the end that there is, whatever was asked for.
    case "brk" where made.result == first: set(.setting(call: number, 0), to: first, made)
    case "umask": set(.setting(call: number, 0), to: first & 0o777, was: made.result, made)
    case "personality" where UInt32(truncatingIfNeeded: first) != .max:
      set(.setting(call: number, 0), to: first, was: made.result, made)
    case "chdir", "fchdir": toggle(.setting(call: 80, 0), made)
    case "rt_sigprocmask" where second != 0: toggle(.setting(call: number, 0), made)
    case "rt_sigaction" where second != 0, "setrlimit": toggle(.setting(call: number, first), made)
    case "prlimit64" where first == 0 && made.registers[.rdx] != 0:
      toggle(.setting(call: 160, second), made)
    case "alarm": set(.setting(call: number, 0), to: first, was: made.result, made)
    case "prctl" where CallEffects.settingOptions.contains(first):
      toggle(.setting(call: number, first), made)
    default: break
    }
  }

  /// The options of prctl(2) that set something: PDEATHSIG, DUMPABLE, KEEPCAPS, NAME, SECCOMP, TSC, TIMERSLACK,
  /// CHILD_SUBREAPER, NO_NEW_PRIVS, THP_DISABLE, PTRACER.
  private static let settingOptions: Set<UInt64> = [
    1, 4, 8, 15, 22, 26, 29, 36, 38, 41, 0x5961_6d61,
  ]

  private mutating func begin(_ subject: Change.Subject, _ made: MappedMemory.Made) {
    let arguments = [made.registers[.rdi], made.registers[.rsi], made.registers[.rdx]]
    open.append(
      Known(
        change: Change(subject: subject, number: made.registers[.rax], arguments: arguments),
        event: made.event, isSure: made.isSure))
  }

  /// Whether there was such a change.
  private mutating func end(_ subject: Change.Subject) -> Bool {
    let count = open.count
    open.removeAll { $0.change.subject == subject }
    return open.count < count
  }

  /// What it was is not known: a second change, to something else, is taken for the one back.
  private mutating func toggle(_ subject: Change.Subject, _ made: MappedMemory.Made) {
    let arguments = [made.registers[.rdi], made.registers[.rsi], made.registers[.rdx]]
    let last = open.last { $0.change.subject == subject }
    if let last, last.change.arguments == arguments { return }
    if !end(subject) { begin(subject, made) }
  }

  /// What it was is known, or from now on.
  private mutating func set(
    _ subject: Change.Subject, to value: UInt64, was: UInt64? = nil, _ made: MappedMemory.Made
  ) {
    if originals[subject] == nil { originals[subject] = was }
    _ = end(subject)
    if originals[subject] != value { begin(subject, made) }
  }
}
