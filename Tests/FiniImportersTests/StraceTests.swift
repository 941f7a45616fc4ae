import FiniModel
import Testing

@testable import FiniImporters

@Suite("Lines of strace")
struct StraceTests {
  private func sights(_ lines: String...) -> [Sight] {
    var reader = StraceReader()
    var found: [Sight] = []
    for (index, line) in lines.enumerated() {
      if let sights = reader.read(TextLine(line, number: UInt32(index + 1))).all {
        found += sights
      }
    }
    return found
  }

  private func request(_ line: String) -> RequestCall? {
    guard case .request(let call, _)? = sights(line).first?.thing else { return nil }
    return call
  }

  @Test(
    "The stamps of -t, -tt, -ttt, -r, and the numbers of -f",
    arguments: [
      ("ptrace(PTRACE_CONT, 7, NULL, 0) = 0", 0, nil),
      ("19:32:36 ptrace(PTRACE_CONT, 7, NULL, 0) = 0", 0, 70_356_000_000_000),
      ("19:32:36.830275 ptrace(PTRACE_CONT, 7, NULL, 0) = 0", 0, 70_356_830_275_000),
      ("1795462940.023027 ptrace(PTRACE_CONT, 7, NULL, 0) = 0", 0, 1_795_462_940_023_027_000),
      ("     0.000123 ptrace(PTRACE_CONT, 7, NULL, 0) = 0", 0, 123_000),
      ("     0.000123 (+     0.000012) ptrace(PTRACE_CONT, 7, NULL, 0) = 0", 0, 12_000),
      ("[pid  4711] ptrace(PTRACE_CONT, 7, NULL, 0) = 0", 4711, nil),
      ("[pid 4711<criu>] ptrace(PTRACE_CONT, 7, NULL, 0) = 0", 4711, nil),
      ("4711  19:32:36.830275 ptrace(PTRACE_CONT, 7, NULL, 0) = 0", 4711, 70_356_830_275_000),
      ("[00007f86c0ef8050] ptrace(PTRACE_CONT, 7, NULL, 0) = 0", 0, nil),
      ("4711 [ 101] ptrace(PTRACE_CONT, 7, NULL, 0) = 0", 4711, nil),
    ] as [(String, Int32, Int64?)])
  func stamps(line: String, task: Int32, time: Int64?) {
    let found = sights(line)
    #expect(found.count == 1, "\(line)")
    #expect(found.first?.tracer == TaskID(task))
    if !line.contains("(+") { #expect(found.first?.entered == time) }
  }

  @Test("Requests by name, by number and by both")
  func names() {
    for line in [
      "ptrace(PTRACE_POKEUSER, 7, offsetof(struct user, u_debugreg) + 56, 0x1) = 0",
      "ptrace(PTRACE_POKEUSER, 7, offsetof(struct user, u_debugreg)+56, 0x1) = 0",
      "ptrace(PTRACE_POKEUSER, 7, offsetof(struct user, u_debugreg[7]), 0x1) = 0",
      "ptrace(0x6 /* PTRACE_POKEUSER */, 7, 0x388 /* offsetof(struct user, u_debugreg)+56 */, 0x1) = 0",
      "ptrace(0x6, 0x7, 0x388, 0x1) = 0", "ptrace(PTRACE_POKEUSR, 7, 904, 1)     = 0 <0.000021>",
    ] {
      #expect(
        request(line)?.debugRegisterWrite == .control(DebugControl(rawValue: 1)), "\(line)")
    }
  }

  @Test("Memory that is reached without ptrace")
  func memory() {
    func told(_ lines: [String]) -> [MemoryAccess] {
      var reader = StraceReader()
      return lines.enumerated().flatMap { index, line in
        (reader.read(TextLine(line, number: UInt32(index + 1))).all ?? []).compactMap { sight in
          guard case .note(.memory(let access), let task) = sight.thing else { return nil }
          #expect(task == TaskID(7))
          return access
        }
      }
    }
    let place = RemoteAddress(0x40_1712)
    let int3 = MemoryAccess(.writeFile, at: place, byteCount: 1, bytes: 0xcc)
    let open = #"openat(AT_FDCWD, "/proc/7/mem", O_RDWR) = 3"#
    #expect(told([open, #"pwrite64(3, "\314", 1, 4200210) = 1"#]) == [int3])
    #expect(told([open, #"pwrite64(3, "\xcc", 1, 0x401712) = 1"#]) == [int3])
    #expect(
      told([
        #"open("/proc/6/task/7/mem", O_RDWR) = 3"#, "lseek(3, 4200209, SEEK_SET) = 4200209",
        #"read(3, "\1", 1) = 1"#, #"write(3, "\314", 1) = 1"#,
      ]) == [
        MemoryAccess(.readFile, at: RemoteAddress(0x40_1711), byteCount: 1, bytes: 1), int3,
      ])
    #expect(
      told([
        #"process_vm_writev(7, [{iov_base="\0\1\2\3\4\5\6\7\10"..., iov_len=4096}], 1, "#
          + "[{iov_base=0x401712, iov_len=4096}], 1, 0) = 4096"
      ]) == [
        MemoryAccess(.writeRemote, at: place, byteCount: 8, bytes: 0x0706_0504_0302_0100),
        MemoryAccess(.writeRemote, at: RemoteAddress(0x40_171a), byteCount: 1, bytes: 8),
      ])
    // Of another file, of no file, and of one that is closed.
    #expect(
      told([#"openat(AT_FDCWD, "/tmp/mem", O_RDWR) = 3"#, #"pwrite64(3, "a", 1, 7) = 1"#]) == [])
    #expect(told([#"pwrite64(3, "a", 1, 7) = 1"#]) == [])
    #expect(told([open, "close(3) = 0", #"pwrite64(3, "a", 1, 7) = 1"#]) == [])
    #expect(
      told([open, #"pwrite64(3, "a", 1, 7) = -1 EIO (Input/output error)"#]) == [
        MemoryAccess(.writeFile, at: RemoteAddress(7), byteCount: 1, bytes: 0, error: .ioError)
      ])
  }

  @Test("The floating-point state, as far as it is shown")
  func floatingPoint() {
    func state(_ word: String) -> RequestCall.Detail? {
      request("ptrace(PTRACE_SETFPREGS, 7, {cwd=0x37f, swd=0, xmm_space=[\(word), 0, ...]}) = 0")?
        .detail
    }
    #expect(state("0x1") == state("0x1") && state("0x1") != state("0x2"))
    #expect(request("ptrace(PTRACE_SETFPREGS, 7, 0x7ffd11) = 0")?.detail == .notSeen)
  }

  @Test("Errors, unknown results and durations")
  func results() {
    #expect(
      request("ptrace(PTRACE_DETACH, 80, NULL, 0) = -1 ESRCH (No such process)")?.error
        == .noSuchProcess)
    #expect(
      request("ptrace(PTRACE_SEIZE, 80, NULL, 0) = -1 EPERM (Vorgang nicht zulässig)")?.error
        == .notPermitted)
    #expect(request("ptrace(0x11, 80, 0, 0) = -1 (errno 3)")?.error == .noSuchProcess)
    #expect(sights("ptrace(PTRACE_CONT, 7, NULL, 0) = 0 <0.000031>")[0].duration == 31_000)
  }

  @Test("Registers, whole and cut short")
  func registers() {
    let names = Registers.Name.allCases.map { "\($0.text)=0x\(String($0.rawValue + 1, radix: 16))" }
    let whole = names.joined(separator: ", ")
    let call = request(
      "ptrace(PTRACE_GETREGSET, 7, NT_PRSTATUS, [{iov_base={\(whole)}, iov_len=216}]) = 0")
    guard case .registers(let found)? = call?.detail else {
      Issue.record("no registers")
      return
    }
    #expect(found[.gs] == 27)
    #expect(found[.r15] == 1)
    let cut = request(
      "ptrace(PTRACE_SETREGSET, 7, NT_PRSTATUS, {iov_base={r15=0, orig_rax=0xf, ...}, iov_len=216}) = 0"
    )
    #expect(cut?.knownRegisters?[.origRAX] == 15)
    #expect(cut?.knownRegisters?[.rip] == nil)
    #expect(
      request("ptrace(PTRACE_GETREGSET, 7, NT_PRSTATUS, [{iov_base=0x7ffc, iov_len=68}]) = 0")?
        .detail
        == .notSeen)
    #expect(
      request(
        "ptrace(0x4204, 7, 0x202 /* NT_X86_XSTATE */, {iov_base=0x7ff, iov_len=16384 => 2432}) = 0")?
        .detail == .extendedState(byteCount: 2432, digest: nil))
  }

  @Test("Masks and siginfo")
  func signals() {
    #expect(
      request("ptrace(PTRACE_SETSIGMASK, 7, 8, ~[TRAP RT_1]) = 0")?.detail
        == .signalSet(SignalSet(rawValue: ~(1 << 4 | 1 << 32))))
    #expect(
      request("ptrace(0x420b, 7, 8, ~[5 /* TRAP */]) = 0")?.detail
        == .signalSet(SignalSet(rawValue: ~(1 << 4))))
    #expect(
      request(
        "ptrace(PTRACE_GETSIGINFO, 7, NULL, {si_signo=SIGUSR1, si_code=SI_USER, si_pid=12, si_uid=0}) = 0"
      )?
      .detail
        == .signalInfo(
          SignalInfo(
            signal: .user1, code: .user, sender: TaskID(12), senderUser: 0)))
    let queued = sights(
      "ptrace(PTRACE_PEEKSIGINFO, 7, {off=0, flags=PTRACE_PEEKSIGINFO_SHARED, nr=32}, [{si_signo=SIGTRAP, si_code=SI_USER, si_pid=3, si_uid=0}]) = 1"
    )
    guard queued.count == 2, case .note(.signal(let record), _) = queued[1].thing else {
      Issue.record("no pending signal")
      return
    }
    #expect(record.info.signal == .trap)
    #expect(record.toProcess == true)
  }

  // The words are those of wait(2): exited, killed, stopped, and the event in the upper half.
  @Test(
    "Wait statuses",
    arguments: [
      ("[{WIFSTOPPED(s) && WSTOPSIG(s) == SIGTRAP | 0x80}]", 0x857f),
      ("[{WIFSTOPPED(s) && WSTOPSIG(s) == SIGTRAP}|PTRACE_EVENT_STOP<<16]", 0x80057f),
      ("[{WIFSTOPPED(s) && WSTOPSIG(s) == SIGTRAP}|0x80 /* PTRACE_EVENT_STOP */<<16]", 0x80057f),
      ("[{WIFSTOPPED(s) && WSTOPSIG(s) == SIGSTOP}]", 0x137f),
      ("[{WIFEXITED(s) && WEXITSTATUS(s) == 3}]", 0x300),
      ("[{WIFSIGNALED(s) && WTERMSIG(s) == SIGSEGV && WCOREDUMP(s)}]", 0x8b),
      ("[{WIFSIGNALED(s) && WTERMSIG(s) == SIGKILL}]", 9),
      ("[{WIFCONTINUED(s)}]", 0xffff), ("[0x57f]", 0x57f), ("[1407]", 0x57f),
    ] as [(String, UInt32)])
  func statuses(text: String, status: UInt32) {
    guard case .wait(let call)? = sights("wait4(-1, \(text), __WALL, NULL) = 7").first?.thing else {
      Issue.record("no wait")
      return
    }
    #expect(call.status == status)
    #expect(call.result == 7)
    #expect(call.target == TaskID(-1))
    #expect(call.options == 0x4000_0000)
  }

  @Test("waitid gives what wait4 would have given")
  func waitid() {
    guard
      case .wait(let call)? = sights(
        "waitid(P_PID, 7, {si_signo=SIGCHLD, si_code=CLD_TRAPPED, si_pid=7, si_uid=0, si_status=SIGTRAP, si_utime=0, si_stime=0}, WNOHANG|WEXITED|__WALL, NULL) = 0"
      ).first?.thing
    else {
      Issue.record("no wait")
      return
    }
    #expect(call.status == 0x57f)
    #expect(call.result == 7)
  }

  @Test("A call that a line of another task interrupted is one call, with its duration")
  func unfinished() {
    let found = sights(
      "100 10:00:00.000001 wait4(-1,  <unfinished ...>",
      "101 10:00:00.000002 ptrace(PTRACE_CONT, 7, NULL, 0) = 0",
      "100 10:00:00.000011 <... wait4 resumed>[{WIFSTOPPED(s) && WSTOPSIG(s) == SIGTRAP}], __WALL, NULL) = 7"
    )
    #expect(found.count == 2)
    guard case .wait(let call)? = found.last?.thing else {
      Issue.record("no wait")
      return
    }
    #expect(call.status == 0x57f)
    #expect(found.last?.duration == 10_000)
    #expect(found.last?.tracer == TaskID(100))
  }

  @Test("A tracer that is killed in a wait leaves the wait open")
  func killed() {
    let found = sights(
      "10:00:00.000001 wait4(-1,  <unfinished ...>) = ?",
      "10:00:05.000001 +++ killed by SIGKILL +++")
    #expect(found.count == 2)
    guard case .openWait(let target)? = found.first?.thing,
      case .tracerEnded(.killed(let signal, _))? = found.last?.thing
    else {
      Issue.record("no open wait")
      return
    }
    #expect(target == TaskID(-1))
    #expect(found.first?.duration == 5_000_000_000)
    #expect(signal == .kill)
  }

  @Test("A log that is cut in a wait leaves it open")
  func cut() {
    var reader = StraceReader()
    _ = reader.read(TextLine("10:00:00.000001 wait4(-1, ", number: 1, isLast: true))
    guard case .openWait? = reader.end().first?.thing else {
      Issue.record("no open wait")
      return
    }
  }

  @Test("Midnight passes")
  func midnight() {
    let found = sights(
      "23:59:59.999999 ptrace(PTRACE_CONT, 7, NULL, 0) = 0",
      "00:00:00.000001 ptrace(PTRACE_CONT, 7, NULL, 0) = 0")
    #expect((found[1].entered ?? 0) - (found[0].entered ?? 0) == 2000)
  }

  @Test("Other calls are ignored, and a line that strace did not write is not understood")
  func others() {
    var reader = StraceReader()
    guard case .passed = reader.read(TextLine("futex(0x7f86, FUTEX_WAIT, 0, NULL) = 0")) else {
      Issue.record("futex")
      return
    }
    for line in ["hello", "ptrace(PTRACE_WHAT, 7) = 0", "ptrace(PTRACE_CONT, x, NULL, 0) = 0"] {
      guard case .unparsed = reader.read(TextLine(line)) else {
        Issue.record("\(line) was understood")
        return
      }
    }
  }
}
