internal import FiniModel
internal import FiniProof

/// System calls of a task that the kernel leaves to its tracer: PTRACE_SYSEMU, and filters that ask it.
extension Rules {
  /// Calls that PTRACE_SYSEMU took away, and that got no result of the tracer's.
  static func callsEmulated(_ reading: CaseReading) -> [Diagnosis] {
    guard let task = reading.task, reading.source != .engine else { return [] }
    let calls = reading.unansweredCalls(of: task)
    guard let first = calls.first else { return [] }
    let isSure = calls.contains(where: \.isProven)
    let name = first.number.flatMap { SyscallNumber.name($0) }
    let what =
      calls.count == 1
      ? "its system call" + (name.map { " \($0)" } ?? "") : "\(calls.count) of its system calls"
    let end = reading.death(of: task)
    let evidence = calls.prefix(3).flatMap {
      [
        Evidence(event: $0.stop, reason: "stopped at a call, by PTRACE_SYSEMU"),
        Evidence(event: $0.resumed, reason: "let run, with no register written"),
      ]
    }
    return [
      Diagnosis(
        .callSkipped, certainty(isSure), of: task,
        "task \(task) did not make \(what) (PTRACE_SYSEMU), and its tracer set no result"
          + (end.map { ": it died of \($0.signal)" } ?? ": ENOSYS is left"),
        evidence: evidence + (end.map { [Evidence(event: $0.event, reason: "its end")] } ?? []),
        advice: [
          "PTRACE_SYSEMU makes no call: write its result to rax at the stop, or use PTRACE_SYSCALL, which makes it."
        ])
    ]
  }

  /// A filter that asks its tracer (SECCOMP_RET_TRACE), and a tracer that does not answer: the call fails with ENOSYS.
  static func filterUnanswered(_ reading: CaseReading) -> [Diagnosis] {
    guard let task = reading.task, reading.source != .engine, !reading.isProbe(task) else {
      return []
    }
    if let asked = reading.events.first(where: { $0.tracee == task && $0.isFilterStop }),
      reading.account.isLetGo, !reading.account.diesWithTracer,
      reading.tracer.reportedEnd(of: task) == nil, reading.facts.ended == nil
    {
      return [
        Diagnosis(
          .seccomp, of: task,
          "task \(task) was let go with a seccomp filter that asks its tracer: without one those calls fail (ENOSYS)",
          evidence: [
            Evidence(event: asked.sequence, reason: "PTRACE_EVENT_SECCOMP: the filter asked")
          ],
          advice: [
            "A filter can't be taken off: stay its tracer until it ends, or end it (PTRACE_O_EXITKILL)."
          ])
      ]
    }
    guard let refused = reading.callUnderFilter(of: task) else { return [] }
    return [
      Diagnosis(
        .seccomp, .possible, of: task,
        "\(refused.name) of task \(task) failed (ENOSYS) under its seccomp filter: "
          + "RET_TRACE does that without PTRACE_O_TRACESECCOMP",
        evidence: [
          Evidence(event: refused.filter, reason: "it set a filter"),
          Evidence(event: refused.event, reason: "\(refused.name) = ENOSYS"),
        ],
        advice: [
          "Set PTRACE_O_TRACESECCOMP, and answer PTRACE_EVENT_SECCOMP; or let the filter allow the call."
        ])
    ]
  }
}

/// A call that PTRACE_SYSEMU took away.
private struct UnansweredCall {
  var stop: UInt32
  var resumed: UInt32
  var number: UInt64?
  /// It is shown that the stop was one at a call.
  var isProven: Bool
}

extension CaseReading {
  /// What the kernel leaves in `rax` at the entry of a call.
  fileprivate static let noSuchCall = UInt64(bitPattern: -38)

  /// The end of a task by a signal.
  fileprivate func death(of task: TaskID) -> (signal: Signal, event: UInt32)? {
    let own = facts.ended.flatMap { timeline.event($0) }
    let event = own ?? tracer.reportedEnd(of: task)?.event
    guard case .killed(let signal, _)? = facts.ending ?? tracer.reportedEnd(of: task)?.ending,
      let event
    else { return nil }
    return (signal, event.sequence)
  }

  /// The calls that were taken away by PTRACE_SYSEMU, and after which no register was written.
  fileprivate func unansweredCalls(of task: TaskID) -> [UnansweredCall] {
    var found: [UnansweredCall] = []
    var isEmulated = false
    var open: UnansweredCall?
    for event in events where event.tracee == task {
      switch event.payload {
      case .wait(let call) where call.result == Int64(task.rawValue) && isEmulated:
        open = UnansweredCall(stop: event.sequence, resumed: 0, number: nil, isProven: false)
      case .stop(let record):
        switch record.stopClass {
        case .syscallEntry, .syscallStop: open?.isProven = true
        case .unknown where record.signal == .trap, .signalDelivery where record.signal == .trap:
          break
        default: open = nil
        }
      case .request(let call) where call.error == nil:
        if call.request.resumes {
          if var answered = open {
            answered.resumed = event.sequence
            found.append(answered)
          }
          open = nil
          isEmulated = call.request == .emulate || call.request == .emulateStep
        } else if call.request.kind == .registersWritten || call.request == .pokeUser
          || call.request == .setSyscallInfo
        {
          open = nil
        } else if let registers = call.generalRegisters, call.request.onlyLooks,
          let number = registers[.origRAX], registers[.rax] == CaseReading.noSuchCall,
          Int64(bitPattern: number) >= 0
        {
          open?.number = number
          open?.isProven = true
        }
      default: break
      }
    }
    // By chance a trap may look like it: one of which nothing shows that it was at a call counts beside one that was.
    return found.contains(where: \.isProven) ? found : []
  }

  /// The first call that failed with ENOSYS after a task had set a filter, and that every kernel has.
  fileprivate func callUnderFilter(
    of task: TaskID
  ) -> (name: String, filter: UInt32, event: UInt32)? {
    var entered: UInt64?
    var filter: UInt32?
    var setsFilter = false
    for event in events where event.tracee == task {
      guard case .request(let call) = event.payload, call.error == nil else { continue }
      if call.request == .setOptions || call.request == .seize,
        call.data & PtraceOption.seccomp != 0
      {
        return nil
      }
      // The tracer answers it itself.
      if call.request.kind == .registersWritten || call.request == .pokeUser
        || call.request == .emulate || call.request == .emulateStep
      {
        entered = nil
      }
      var result: Int64?
      if case .syscall(let info) = call.detail {
        if info.operation == .entry { entered = info.number }
        if info.operation == .exit { result = info.result }
      } else if call.request.onlyLooks, let registers = call.generalRegisters,
        let number = registers[.origRAX], let value = registers[.rax]
      {
        if value == CaseReading.noSuchCall, entered != number {
          entered = number
          // PR_SET_SECCOMP, SECCOMP_MODE_FILTER.
          setsFilter = registers[.rdi] == 22 && registers[.rsi] == 2
        } else if entered == number {
          result = Int64(bitPattern: value)
        }
      }
      guard let value = result, let number = entered else { continue }
      entered = nil
      let name = SyscallNumber.name(number)
      if value == 0, name == "seccomp" || name == "prctl" && setsFilter {
        filter = filter ?? event.sequence
      } else if let filter, value == -38, let name, CaseReading.everywhere.contains(name) {
        return (name, filter, event.sequence)
      }
    }
    return nil
  }

  /// Calls that no kernel lacks.
  private static let everywhere: Set<String> = [
    "read", "write", "open", "openat", "close", "stat", "fstat", "lstat", "newfstatat", "lseek",
    "mmap", "munmap", "mprotect", "brk", "getpid", "getppid", "gettid", "getuid", "getgid",
    "geteuid", "getegid", "getpgrp", "getpgid", "getsid", "kill", "tkill", "tgkill", "dup", "dup2",
    "pipe", "nanosleep", "clock_nanosleep", "clock_gettime", "gettimeofday", "time", "uname",
    "getcwd", "chdir", "mkdir", "mkdirat", "unlink", "unlinkat", "rename", "link", "symlink",
    "chmod", "access", "faccessat", "readlink", "execve", "fork", "vfork", "clone", "wait4",
    "sched_yield", "ioctl", "fcntl", "poll", "ppoll", "select", "socket", "connect", "bind",
    "sendto", "recvfrom", "rt_sigaction", "rt_sigprocmask", "umask", "getrlimit", "times",
  ]
}

extension Event {
  fileprivate var isFilterStop: Bool {
    if case .stop(let record) = payload { record.stopClass == .event(.seccomp) } else { false }
  }
}
