import FiniModel
import Testing

@Suite struct NameTests {
  // signal(7), x86.
  @Test(
    "A signal has the name of signal(7)",
    arguments: [
      (1, "SIGHUP"), (2, "SIGINT"), (3, "SIGQUIT"), (4, "SIGILL"), (5, "SIGTRAP"), (6, "SIGABRT"),
      (7, "SIGBUS"), (8, "SIGFPE"), (9, "SIGKILL"), (10, "SIGUSR1"), (11, "SIGSEGV"),
      (12, "SIGUSR2"), (13, "SIGPIPE"), (14, "SIGALRM"), (15, "SIGTERM"), (16, "SIGSTKFLT"),
      (17, "SIGCHLD"), (18, "SIGCONT"), (19, "SIGSTOP"), (20, "SIGTSTP"), (21, "SIGTTIN"),
      (22, "SIGTTOU"), (23, "SIGURG"), (24, "SIGXCPU"), (25, "SIGXFSZ"), (26, "SIGVTALRM"),
      (27, "SIGPROF"), (28, "SIGWINCH"), (29, "SIGIO"), (30, "SIGPWR"), (31, "SIGSYS"),
      (32, "SIG32"), (34, "SIGRTMIN"), (36, "SIGRTMIN+2"), (64, "SIGRTMIN+30"),
      (0, "signal 0"), (65, "signal 65"), (-1, "signal -1"),
    ] as [(Int32, String)])
  func signals(_ number: Int32, _ name: String) {
    #expect(Signal(rawValue: number).description == name)
  }

  @Test("A signal set prints as strace prints it")
  func signalSets() {
    #expect(SignalSet.empty.description == "[]")
    var set = SignalSet.empty
    set.insert(.terminate)
    set.insert(.user1)
    #expect(set.description == "[USR1 TERM]")
    #expect(set.rawValue == 0x4200)
    #expect(SignalSet.all(but: .trap).description == "~[TRAP]")
    #expect(SignalSet.all(but: .trap).rawValue == 0xffff_ffff_ffff_ffef)
    set.remove(.user1)
    #expect(!set.contains(.user1))
    #expect(set.contains(.terminate))
    set.insert(Signal(rawValue: 0))
    set.insert(Signal(rawValue: 65))
    #expect(set.signals == [.terminate])
    #expect(SignalSet(rawValue: 1 << 63).signals == [Signal(rawValue: 64)])
  }

  // errno(3), x86.
  @Test(
    "An error has the name of errno(3)",
    arguments: [
      (1, "EPERM"), (2, "ENOENT"), (3, "ESRCH"), (4, "EINTR"), (5, "EIO"), (10, "ECHILD"),
      (11, "EAGAIN"), (13, "EACCES"), (14, "EFAULT"), (16, "EBUSY"), (22, "EINVAL"),
      (28, "ENOSPC"), (32, "EPIPE"), (34, "ERANGE"), (35, "EDEADLK"), (36, "ENAMETOOLONG"),
      (38, "ENOSYS"), (39, "ENOTEMPTY"), (40, "ELOOP"), (42, "ENOMSG"), (60, "ENOSTR"),
      (71, "EPROTO"), (75, "EOVERFLOW"), (84, "EILSEQ"), (85, "ERESTART"), (88, "ENOTSOCK"),
      (95, "EOPNOTSUPP"), (98, "EADDRINUSE"), (104, "ECONNRESET"), (110, "ETIMEDOUT"),
      (111, "ECONNREFUSED"), (115, "EINPROGRESS"), (41, "errno 41"), (58, "errno 58"),
      (0, "errno 0"), (530, "errno 530"), (-3, "errno -3"),
    ] as [(Int32, String)])
  func errors(_ number: Int32, _ name: String) {
    #expect(Errno(rawValue: number).description == name)
  }

  @Test("Only -4095 to -1 are errors of a system call")
  func errorResults() {
    #expect(Errno(result: -3) == .noSuchProcess)
    #expect(Errno(result: -4095)?.rawValue == 4095)
    #expect(Errno(result: -4096) == nil)
    #expect(Errno(result: 0) == nil)
    #expect(Errno(result: .min) == nil)
  }

  // ptrace(2) and linux/ptrace.h.
  @Test(
    "A request has its number, its name and its kind",
    arguments: [
      (PtraceRequest.peekData, 2, "PTRACE_PEEKDATA", EventKind.peek),
      (.peekUser, 3, "PTRACE_PEEKUSER", .peek),
      (.pokeData, 5, "PTRACE_POKEDATA", .poke),
      (.pokeUser, 6, "PTRACE_POKEUSER", .poke),
      (.cont, 7, "PTRACE_CONT", .cont),
      (.singleStep, 9, "PTRACE_SINGLESTEP", .step),
      (.detach, 17, "PTRACE_DETACH", .detach),
      (.syscall, 24, "PTRACE_SYSCALL", .syscall),
      (.setOptions, 0x4200, "PTRACE_SETOPTIONS", .options),
      (.getSignalInfo, 0x4202, "PTRACE_GETSIGINFO", .signalInfoRead),
      (.setSignalInfo, 0x4203, "PTRACE_SETSIGINFO", .signalInfoWritten),
      (.getRegisterSet, 0x4204, "PTRACE_GETREGSET", .registersRead),
      (.setRegisterSet, 0x4205, "PTRACE_SETREGSET", .registersWritten),
      (.seize, 0x4206, "PTRACE_SEIZE", .seize),
      (.interrupt, 0x4207, "PTRACE_INTERRUPT", .interrupt),
      (.listen, 0x4208, "PTRACE_LISTEN", .listen),
      (.peekSignalInfo, 0x4209, "PTRACE_PEEKSIGINFO", .signalQueueRead),
      (.getSignalMask, 0x420a, "PTRACE_GETSIGMASK", .signalMaskRead),
      (.setSignalMask, 0x420b, "PTRACE_SETSIGMASK", .signalMaskSet),
      (.getSyscallInfo, 0x420e, "PTRACE_GET_SYSCALL_INFO", .syscallInfo),
      (.getSequenceArea, 0x420f, "PTRACE_GET_RSEQ_CONFIGURATION", .request),
      (PtraceRequest(rawValue: 0x4299), 0x4299, "PTRACE_0x4299", .request),
    ] as [(PtraceRequest, Int64, String, EventKind)])
  func requests(_ request: PtraceRequest, _ number: Int64, _ name: String, _ kind: EventKind) {
    #expect(request.rawValue == number)
    #expect(request.description == name)
    #expect(request.kind == kind)
  }

  @Test("What lets a stopped task run is a resume")
  func resumes() {
    let resuming = PtraceRequest.names.filter { PtraceRequest(rawValue: $0.0).resumes }
    #expect(
      Set(resuming.map { $0.1 }) == [
        "PTRACE_CONT", "PTRACE_KILL", "PTRACE_SINGLESTEP", "PTRACE_DETACH", "PTRACE_SYSCALL",
        "PTRACE_SYSEMU", "PTRACE_SYSEMU_SINGLESTEP", "PTRACE_SINGLEBLOCK", "PTRACE_LISTEN",
      ])
  }

  @Test("Names lead back to kinds, phases and strategies")
  func roundTrips() {
    for kind in EventKind.allCases { #expect(EventKind(name: kind.name) == kind) }
    for phase in Phase.allCases { #expect(Phase(name: phase.name) == phase) }
    for strategy in FiniStrategy.allCases { #expect(FiniStrategy(name: strategy.name) == strategy) }
    #expect(EventKind(name: "Seize") == nil)
    #expect(FiniStrategy(name: "breakpointAfter") == nil)
  }
}
