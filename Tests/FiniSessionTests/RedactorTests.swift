import FiniSession
import Testing

/// What a line of a log becomes; the expected lines are written by hand.
@Suite("What is taken out of a line")
struct RedactorTests {
  /// What a line becomes where nothing else is known but what the lines themselves show.
  private func redacted(_ lines: String...) -> String? {
    var redactor = Redactor()
    for line in lines { redactor.learn(line: line) }
    return lines.map { redactor.text($0) }.last
  }

  @Test(arguments: [
    (
      "          my app-4711  [001] d..1.  123.456789: sys_ptrace(request: 4206, pid: 1b1f)",
      "          task-1-4711  [001] d..1.  123.456789: sys_ptrace(request: 4206, pid: 1b1f)"
    ),
    (
      "  web-worker-4711  (   4700) [001] ....  123.456789: sys_exit: NR 101 = 0",
      "  task-1-4711  (   4700) [001] ....  123.456789: sys_exit: NR 101 = 0"
    ),
    (
      "py-spy 31006 [001] 44492463.265317: syscalls:sys_enter_ptrace: request: 0x11, pid: 0x4fef",
      "task-1 31006 [001] 44492463.265317: syscalls:sys_enter_ptrace: request: 0x11, pid: 0x4fef"
    ),
    (
      "my app 31006/31007 44492463.265317: signal:signal_deliver: sig=5 errno=0 code=4",
      "task-1 31006/31007 44492463.265317: signal:signal_deliver: sig=5 errno=0 code=4"
    ),
    (
      "criu-8896  [001] d..1.  123.456790: signal_generate: sig=5 code=4 comm=my app pid=6943 grp=0",
      "criu-8896  [001] d..1.  123.456790: signal_generate: sig=5 code=4 comm=task-1 pid=6943 grp=0"
    ),
    (
      "criu-1 [000] d..2. 1.5: sched_switch: prev_comm=quux prev_pid=1 prev_state=S ==> next_comm=fo o next_pid=2",
      "criu-1 [000] d..2. 1.5: sched_switch: prev_comm=task-1 prev_pid=1 prev_state=S ==> next_comm=task-2 next_pid=2"
    ),
    (
      "criu 1 [000] 1.5: sched:sched_switch: quux:12 [120] S ==> criu:13 [120]",
      "criu 1 [000] 1.5: sched:sched_switch: task-1:12 [120] S ==> criu:13 [120]"
    ),
    (
      "    10.459 ( 0.004 ms): my app/8896 ptrace(request: 16900, pid: 6943) = 0",
      "    10.459 ( 0.004 ms): task-1/8896 ptrace(request: 16900, pid: 6943) = 0"
    ),
    (
      "4711<quux> ptrace(PTRACE_SEIZE, 4712<my app>, NULL, 0) = 0",
      "4711<task-1> ptrace(PTRACE_SEIZE, 4712<task-2>, NULL, 0) = 0"
    ),
    (
      "type=SECCOMP msg=audit(1.5:3): pid=4711 comm=\"my app\" exe=\"/opt/quux\" sig=31",
      "type=SECCOMP msg=audit(1.5:3): pid=4711 comm=\"task-1\" exe=\"path-1\" sig=31"
    ),
  ])
  func `the name of a task in its column, or in a field`(line: String, wanted: String) {
    #expect(redacted(line) == wanted)
  }

  @Test func `a name that a column showed is taken out of other lines`() {
    let line = "quux-4711  [001] d..1.  123.456789: sys_ptrace(request: 4206)"
    #expect(redacted(line, "freezing quux now") == "freezing task-1 now")
  }

  @Test(arguments: [
    ("run --token hunter2 --verbose", "run --token secret-1 --verbose"),
    ("run --token=hunter2=x|y, done", "run --token=secret-1, done"),
    ("run --password --token hunter2", "run --password --token secret-1"),
    ("run --db-password 'two words' 4711", "run --db-password 'secret-1' 4711"),
    ("{\"args\": [\"--token\", \"hunter2\"]}", "{\"args\": [\"--token\", \"secret-1\"]}"),
    ("{\"api_key\": \"hun ter2\", \"pid\": 7}", "{\"api_key\": \"secret-1\", \"pid\": 7}"),
    ("Authorization: Bearer abc.def-ghi", "Authorization: Bearer secret-1"),
    ("authorization: Basic dXNlcjpwdw==", "authorization: Basic secret-1"),
    ("sent Bearer abc.def", "sent Bearer secret-1"),
    ("password: hunter2", "password: secret-1"),
    ("PGPASSWORD=hunter2 started", "PGPASSWORD=env-1 started"),
    ("DB_PASSWORD=\"hunter 2\" started", "DB_PASSWORD=\"secret-1\" started"),
    ("token=(a b", "token=secret-1 b"),
    ("EDITOR=a=b|c started", "EDITOR=env-1 started"),
    ("key AbCdEfGh1234567890XyZ read", "key id-1 read"),
    ("(auth.c:12) the author is known", "(auth.c:12) the author is known"),
  ])
  func `a secret is what comes after a word for one`(line: String, wanted: String) {
    #expect(redacted(line) == wanted)
  }

  @Test(arguments: [
    ("run --name web --pid 4711 -o my.log", "run --name arg-1 --pid 4711 -o arg-2"),
    ("run --name=web -D quux", "run --name=arg-1 -D arg-2"),
    // A word that messages have stays, for it may be none of the option's.
    ("consider using --tcp-established option", "consider using --tcp-established option"),
    ("container=web user=1000 name=podman", "container=text-1 user=1000 name=podman"),
    (
      "time=\"1:2:3\" level=error msg=\"can't dump\" id=\"web\"",
      "time=\"1:2:3\" level=error msg=\"can't dump\" id=\"text-1\""
    ),
    ("COMMAND=/opt/quux --all yes", "COMMAND=arg-1 arg-2 arg-3"),
  ])
  func `the value of an option and of a field`(line: String, wanted: String) {
    #expect(redacted(line) == wanted)
  }

  @Test(arguments: [
    ("unix @quux is open", "unix path-1 is open"),
    ("unix @/tmp/quux is open", "unix path-1 is open"),
    ("sun_path=@\"qu ux\" is open", "sun_path=@\"path-1\" is open"),
    (
      "4711 connect(3, {sa_family=AF_UNIX, sun_path=@\"quux\"}, 7) = 0",
      "4711 connect(3, {sa_family=AF_UNIX, sun_path=@\"text-1\"}, 7) = 0"
    ),
    ("mail to <me@example.org>, please", "mail to <user-1>, please"),
    ("see https://me:pw@example.org/x?token=a,b(c) now", "see path-1) now"),
    ("open /home/me/a=b/c(1 (deleted)", "open path-1 (deleted)"),
    ("from 10.1.2.3/16 to [fe80::1]:22", "from host-1 to [host-2]:22"),
    (
      "/proc/4711/maps and criu/files.c:123 and 1/2", "/proc/4711/maps and criu/files.c:123 and 1/2"
    ),
  ])
  func `sockets, addresses and paths by their form`(line: String, wanted: String) {
    #expect(redacted(line) == wanted)
  }

  /// What tracers say of their own work is what a report is about.
  @Test(arguments: [
    "(00.000021) Seized task 4711, state 0",
    "(00.012345) Error (compel/src/lib/infect.c:123): Task is in unexpected state: 57f",
    "4711 1795527107.1 ptrace(PTRACE_INTERRUPT, 4712) = 0",
    "4711 wait4(4712, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGTRAP}], __WALL, NULL) = 4712",
    "criu-8896  [001] d..1.  123.456789: sys_ptrace -> 0x0",
  ])
  func `a line without anything private stays`(line: String) {
    #expect(redacted(line) == line)
  }

  /// Ten times the line takes about ten times as long: a square would take a hundred times.
  @Test func `a long line, and many names, take no square of the time`() {
    var redactor = Redactor()
    for number in 0..<5_000 { redactor.learn(line: "worker \(number) x-1 [001] 1.5: a: b") }
    let word = "(00.1) pie: 4711: read 17 of 42 \"x\" --a=b "
    func time(_ count: Int) -> Duration {
      let line = String(repeating: word, count: count)
      return ContinuousClock().measure { _ = redactor.text(line) }
    }
    _ = time(10)
    let (short, long) = (time(200), time(2_000))
    #expect(long < short * 40, "\(short) \(long)")
  }
}
