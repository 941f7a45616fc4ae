internal import FiniModel

// The messages themselves.

extension CRIUPhrase {
  /// In the order in which one of several that fit counts.
  static let patterns: [Pattern] = [
    // In fini.
    Pattern("is in unexpected state") { scanner, place in
      guard let status = hexadecimal(scanner, after: "unexpected state:") else {
        return Found(fact: .unexpectedState(status: 0), task: before(scanner, place))
      }
      return Found(
        fact: .unexpectedState(status: UInt32(truncatingIfNeeded: status)),
        task: before(scanner, place))
    },
    Pattern("Task exited with") { scanner, _ in
      Found(
        fact: .exitedWith(
          code: Int32(truncatingIfNeeded: decimal(scanner, after: "Task exited with") ?? 0)),
        task: nil)
    },
    Pattern("Task signaled with") { scanner, _ in
      Found(
        fact: .killedWith(signal: signal(scanner, after: "signaled with") ?? Signal(rawValue: 0)),
        task: nil)
    },
    Pattern("Task stopped with") { scanner, _ in
      Found(
        fact: .stoppedWith(signal: signal(scanner, after: "stopped with") ?? Signal(rawValue: 0)),
        task: nil)
    },
    Pattern("is going to execute the syscall") { scanner, _ in
      guard let number = call(scanner, after: "the syscall") else { return nil }
      return Found(
        fact: .willExecute(
          number: number, required: call(scanner, after: "required is") ?? awaited(number)),
        task: after(scanner, scanner.at))
    },
    Pattern("was trapped", .trapped),
    Pattern("Expecting exit", .exitExpected),
    Pattern("was stopped by") { scanner, place in
      Found(
        fact: .stoppedUnexpectedly(signal: signal(scanner, after: "stopped by") ?? .stop),
        task: before(scanner, place))
    },
    Pattern("was killed by") { scanner, place in
      Found(
        fact: .killedUnexpectedly(signal: signal(scanner, after: "killed by") ?? .kill),
        task: before(scanner, place))
    },
    // About a task that is restored. For a dumped task that exits, see "Task exited with" below.
    Pattern("exited, status=") { scanner, place in
      Found(
        fact: .exitedWith(
          code: Int32(truncatingIfNeeded: decimal(scanner, after: "exited, status=") ?? 0)),
        task: before(scanner, place))
    },
    Pattern("stopped by signal") { scanner, place in
      Found(
        fact: .parasiteCrashed(signal: signal(scanner, after: "by signal") ?? .stop),
        task: before(scanner, place))
    },
    Pattern("killed by signal") { scanner, place in
      Found(
        fact: .parasiteCrashed(signal: signal(scanner, after: "by signal") ?? .kill),
        task: before(scanner, place))
    },
    Pattern("was stopped", .stoppedAtExit),
    Pattern("exited trapping", .interruptTaken),
    Pattern("to trap", .waitsForTrap),
    Pattern("The task is not in parasite code", .outsideOfBlob),
    Pattern("Unable to setup a breakpoint", .breakpointRefused),
    Pattern("Unable to set a breakpoint", .breakpointRefused),
    Pattern("Unable to enable the breakpoint", .breakpointRefused),
    Pattern("Unable to disable the breakpoint", .breakpointRefused),
    Pattern("Unable to clear breakpoints", .breakpointRefused),
    Pattern("Force no-breakpoints", .breakpointsOff),
    Pattern("Hardware breakpoints don't seem to work") { scanner, _ in
      Found(
        fact: .breakpointsBroken(
          status: UInt32(truncatingIfNeeded: hexadecimal(scanner, after: "status=") ?? 0)),
        task: nil)
    },
    Pattern("new_sp=") { scanner, _ in
      guard let stack = hexadecimal(scanner, after: "new_sp=") else { return nil }
      return Found(
        fact: .leaving(
          stackPointer: RemoteAddress(stack),
          programCounter: RemoteAddress(hexadecimal(scanner, after: " ip ") ?? 0)),
        task: nil)
    },
    Pattern("Post dump script passed with", .text),
    // Commands.
    Pattern("Sent msg to daemon") { scanner, _ in
      decimal(scanner, after: "to daemon").map {
        Found(fact: .commandSent(command: $0), task: nil)
      }
    },
    Pattern("Fetched ack:") { scanner, _ in
      decimal(scanner, after: "ack:").map {
        Found(fact: .commandAcknowledged(command: $0), task: nil)
      }
    },
    Pattern("__fetched msg:") { scanner, _ in
      decimal(scanner, after: "msg:").map { Found(fact: .commandTaken(command: $0), task: nil) }
    },
    Pattern("Daemon waits for command", .daemonServes),
    Pattern("Wait for parasite being daemonized", .awaitsDaemon),
    // Seizing.
    Pattern("Unable to interrupt task") { scanner, place in
      Found(
        fact: .seizeRefused(error: error(scanner)),
        task: after(scanner, place))
    },
    // Restore attaches to its own children.
    Pattern("Can't attach to") { scanner, place in
      Found(fact: .seizeRefused(error: error(scanner)), task: after(scanner, place))
    },
    Pattern("Can't interrupt the", .stepFailed),
    Pattern("found, state") { scanner, place in
      var letter = rest(scanner, after: "found, state")
      // Before version 1.4 the number comes first: `SEIZE 7: Unseizable ...`.
      return Found(
        fact: .cannotBeSeized(state: letter?.word().first ?? .question),
        task: before(scanner, place)
          ?? decimal(scanner, after: "SEIZE").flatMap {
            Int32(exactly: $0)
          })
    },
    Pattern("itself is within dumped tree", .isOurselves),
    Pattern("task not stopped after seize") { scanner, place in
      Found(
        fact: .notStopped,
        task: decimal(scanner, after: "SEIZE").flatMap { Int32(exactly: $0) }
          ?? before(scanner, place))
    },
    Pattern("with a pending SIGTRAP") { scanner, _ in
      Found(fact: .trapPending, task: after(scanner, scanner.at))
    },
    Pattern("unsupported stop signal") { scanner, _ in
      Found(
        fact: .stopNotSupported(
          signal: signal(scanner, after: "stop signal") ?? Signal(rawValue: 0)),
        task: after(scanner, scanner.at))
    },
    Pattern("Unable to detach from") { scanner, place in
      Found(fact: .detachRefused(error: error(scanner)), task: after(scanner, place))
    },
    Pattern("suspending seccomp failed") { scanner, _ in
      Found(fact: .seccompNotSuspended(error: error(scanner)), task: nil)
    },
    Pattern("Seccomp suspending", .seccompNotSuspended(error: nil)),
    Pattern("suspend seccomp: ") { scanner, _ in
      Found(fact: .seccompNotSuspended(error: error(scanner)), task: nil)
    },
    Pattern("ombie found", .isZombie),
    Pattern("is zombie", .isZombie),
    Pattern("SEIZE ", .isSeized),
    Pattern("Seized task") { scanner, place in
      Found(fact: .isSeized, task: after(scanner, place))
    },
    Pattern("Unseizing", .letGo),
    // Injected calls.
    Pattern("delivering signal") { scanner, _ in
      guard let signal = signal(scanner, after: "delivering signal") else { return nil }
      return Found(
        fact: .stopBySignal(
          signal: signal,
          code: Int32(truncatingIfNeeded: decimal(scanner, after: "si_code=") ?? 0)), task: nil)
    },
    Pattern("task interruption, aborting", .interrupted),
    Pattern("Can't inject syscall blob", .notInjected),
    Pattern("Can't run parasite at", .notInjected),
    Pattern("Can't restore syscall blob", .notInjected),
    Pattern("Can't restore the original code", .notInjected),
    Pattern("si_status=") { scanner, _ in
      guard let code = decimal(scanner, after: "si_code=") else { return nil }
      return Found(
        fact: .childReported(
          status: Int32(truncatingIfNeeded: decimal(scanner, after: "si_status=") ?? 0),
          code: Int32(truncatingIfNeeded: code)),
        task: decimal(scanner, after: "si_pid=").map { Int32(truncatingIfNeeded: $0) })
    },
    Pattern("connect a transport socket") { scanner, _ in
      Found(fact: .connectRefused(error: error(scanner)), task: nil)
    },
    Pattern("Waited pid mismatch", .waitMismatch),
    Pattern("Task is still running") { scanner, place in
      // Older versions leave the status out.
      let task = decimal(scanner, after: "pid:").flatMap { Int32(exactly: $0) }
      guard let status = hexadecimal(scanner, after: "status:") else {
        return Found(fact: .stillRuns, task: task)
      }
      return Found(
        fact: .unexpectedState(status: UInt32(truncatingIfNeeded: status)), task: task)
    },
    Pattern("Can't setup RLIMIT_NOFILE for self") { _, _ in
      Found(fact: .text, task: nil, role: .survived)
    },
    Pattern("returned") { scanner, place in
      guard scanner.find("remote") != nil || scanner.find("munmap") != nil,
        let result = decimal(scanner, after: "returned")
      else { return nil }
      return Found(fact: .remoteCallFailed(result: result), task: nil)
    },
    Pattern("FPU registers", floatingPoint),
    Pattern("xstate for", floatingPoint),
    Pattern("extended registers", floatingPoint),
    Pattern("max xsave frame exceed") { scanner, _ in
      // This is not the failure itself: it reports the two sizes before it.
      Found(fact: .floatingPointRefused(error: nil), task: nil)
    },
    Pattern("Parasite syscall_ip at") { scanner, _ in
      hexadecimal(scanner, after: "syscall_ip at").map {
        Found(fact: .syscallAt(address: RemoteAddress($0)), task: nil)
      }
    },
    Pattern("freezer", freezer),
    Pattern("freezing", freezer),
    Pattern("Timeout reached", .timedOut),
    Pattern("apparmor=\"DENIED\"") { scanner, _ in
      Found(fact: .denied, task: kernelTask(scanner))
    },
    Pattern("avc:  denied") { scanner, _ in Found(fact: .denied, task: kernelTask(scanner)) },
    Pattern("bad frame in") { scanner, _ in
      Found(fact: .frameRefused, task: kernelTask(scanner))
    },
    Pattern("on rt_sigreturn", .stepFailed),
    Pattern("Dump rseq", .rseqDumped),
    Pattern("Restore via sigreturn", .restoreBegins),
    Pattern("Switched to the restorer", .restoreBegins),
    // Messages that only pass on the failure of a part.
    Pattern("Can't stop daemon", .stepFailed),
    Pattern("Can't cure", .stepFailed),
    Pattern("Can't infect", .stepFailed),
    Pattern("Parasite exited with", .stepFailed),
    Pattern("Can't init thread in parasite", .stepFailed),
    Pattern("Can't dump thread", .stepFailed),
    Pattern("Killing processes because of failure", .stepFailed),
    Pattern("Can't obtain regs for thread", .stepFailed),
    Pattern("Can't obtain ack", .stepFailed),
    Pattern("Can't catch all tasks", .stepFailed),
    Pattern("Can't stop all tasks", .stepFailed),
    Pattern("remote_mprotect failed", .stepFailed),
    Pattern("Dumping FAILED", .failed),
    Pattern("Pre-dumping FAILED", .failed),
    Pattern("Restoring FAILED", .failed),
    Pattern("Failed to restore", .stepFailed),
    Pattern("finished successful", .finished),
    // `criu check`. Its old versions tell what is missing without a level.
    Pattern("Looks good", .finished),
    Pattern("sysctl is missing") { _, _ in Found(fact: .text, task: nil, role: .progress) },
    Pattern("map_files directory is missing") { _, _ in
      Found(fact: .text, task: nil, role: .progress)
    },
    Pattern("The sock diag infrastructure is incomplete") { _, _ in
      Found(fact: .text, task: nil, role: .progress)
    },
    Pattern("System call kcmp is not") { _, _ in Found(fact: .text, task: nil, role: .progress) },
    // CRIU's own tests tell by these lines what became of one.
    Pattern("Test zdtm/") { scanner, _ in
      if scanner.find(" FAIL") != nil { return Found(fact: .failed, task: nil) }
      return scanner.find(" PASS") != nil ? Found(fact: .finished, task: nil) : nil
    },
    Pattern("TEST(S) FAILED", .failed),
    Pattern("TEST(S) PASSED", .finished),
    // The last that a restore does: it has let its tasks go.
    Pattern("Running post-resume scripts", .finished),
    // How far it has come: a log that ends in an infection says so by its last lines.
    Pattern("cgroup.freeze=") { _, _ in Found(fact: .text, task: nil, role: .freezer) },
    Pattern("Running on ") { _, _ in Found(fact: .text, task: nil, role: .progress) },
    Pattern("Set up parasite blob") { _, _ in Found(fact: .text, task: nil, role: .progress) },
    Pattern("Putting parasite blob") { _, _ in Found(fact: .text, task: nil, role: .progress) },
    progress("Putting tsock into"),
    progress("has been switched to daemon mode"),
    Pattern("Version:") { scanner, _ in
      guard var found = rest(scanner, after: "Version:"), let major = found.decimal(),
        found.take(.point),
        let minor = found.decimal()
      else { return nil }
      return Found(
        fact: .tracerVersion(
          major: Int32(truncatingIfNeeded: major), minor: Int32(truncatingIfNeeded: minor)),
        task: nil)
    },
  ]

  /// The task of a line of the kernel: `name[7]`, `pid=7`.
  private static func kernelTask(_ scanner: Scanner) -> Int32? {
    KernelLine(scanner.bytes, scanner.at..<scanner.end)?.task?.rawValue
  }

  /// The number of a system call. A task that is in none has -1, which is printed without its sign.
  private static func call(_ scanner: Scanner, after words: StaticString) -> UInt64? {
    guard var found = rest(scanner, after: words) else { return nil }
    let isNegative = found.take(.minus)
    return found.decimal().map { isNegative ? 0 &- $0 : $0 }
  }

  /// What CRIU waits for in fini, where it does not say it: before version 3 it did not.
  private static func awaited(_ number: UInt64) -> UInt64 {
    // 119 is setresgid(2) on x86-64, which a restorer calls.
    let isSigreturn = Machine.allCases.contains { $0.rtSigreturn == number }
    return isSigreturn ? number : SyscallNumber.rtSigreturn
  }

  private static let floatingPoint: @Sendable (Scanner, Int) -> Found? = { scanner, place in
    scanner.find("Can't") == nil && scanner.find("Unable") == nil && scanner.find("ailed") == nil
      ? nil
      : Found(fact: .floatingPointRefused(error: error(scanner)), task: after(scanner, place))
  }

  private static let freezer: @Sendable (Scanner, Int) -> Found? = { scanner, _ in
    if scanner.isNext("freezer.state=") || scanner.isNext("freezing processes") {
      return Found(fact: .text, task: nil, role: .freezer)
    }
    return scanner.find("Unable to freeze") == nil && scanner.find("can't be frozen") == nil
      && scanner.find("isn't FROZEN") == nil && scanner.find("Can't freeze") == nil
      ? nil : Found(fact: .freezerFailed, task: nil)
  }
}
