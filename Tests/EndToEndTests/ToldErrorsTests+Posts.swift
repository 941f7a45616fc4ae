import Foundation
import Testing

/// Logs as people post them: several runs in one text, wrapped and cut lines, errors that only a right explains.
extension ToldErrorsTests {
  struct Post: CustomTestStringConvertible, Sendable {
    var name: String
    var log: String
    /// What the first sentence says.
    var words: String
    /// What stands somewhere in the answer.
    var says: [String] = []
    /// What does not.
    var never: [String] = []
    var status: Int32 = 1
    var testDescription: String { name }
  }

  static let posts: [Post] = [
    Post(
      name: "a dump that failed, and criu check below it",
      log: """
        my dump says
        (00.2) Error (criu/sk-unix.c:801): sk unix: Can't dump half of stream unix connection.
        and the check:
        Warn  (criu/cr-check.c:680): Dirty tracking is OFF.
        Error (criu/cr-check.c:1037): UFFD is not supported
        Looks good but some kernel features are missing
        which, depending on your process tree, may cause
        dump or restore failure.

        """,
      words: "unix", never: ["kernel features are missing.", "criu check"]),
    Post(
      name: "the same without times, with CRIU's last word, and the check above it",
      log: """
        Error (criu/cr-check.c:1037): UFFD is not supported
        Looks good but some kernel features are missing
        Error (criu/sk-unix.c:801): sk unix: Can't dump half of stream unix connection.
        Error (criu/cr-dump.c:1788): Dumping FAILED.
        Warn  (criu/cr-check.c:680): Dirty tracking is OFF.

        """,
      words: "unix", never: ["criu check"]),
    Post(
      name: "criu check alone misses features",
      log: """
        Error (criu/cr-check.c:1037): UFFD is not supported
        Looks good but some kernel features are missing

        """,
      words: "criu check works here", status: 0),
    Post(
      name: "a unit test that wants errors, and a runtime's failure after it",
      log: """
        10:00:01 Error (criu/config.c:127): Unsupported configuration file format. Please consult man page criu(8)
        10:00:01 OK
        10:00:01 Error (criu/config.c:238): Unsupported configuration file format. Please consult man page criu(8)
        10:00:05 + podman container restore web
        10:00:06 Error: OCI runtime error: CRIU restoring failed -52.  Please check CRIU logfile /x/restore.log

        """,
      words: "could not restore the container (libcriu's answer: -52)",
      says: ["/x/restore.log"], never: ["configuration file"]),
    Post(
      name: "a wrong line in a configuration file, which nothing is content with",
      log: """
        Error (criu/config.c:127): Unsupported configuration file format. Please consult man page criu(8)
        Error: OCI runtime error: CRIU restoring failed -52.  Please check CRIU logfile /x/restore.log

        """,
      words: "has a wrong line"),
    Post(
      name: "a cpuset without CPUs, in a line that a terminal wrapped",
      log: """
        (00.1)      1: Error (criu/cgroup.c:1092): cg: Can't move 1 into cpuset//a/b/cgroup.procs (-1/6): No space left on dev
        ice
        (00.2) Error (criu/cr-restore.c:2536): Restoring FAILED.

        """,
      words: "cpuset.cpus or cpuset.mems is empty (ENOSPC)", never: ["as root"]),
    Post(
      name: "the same, cut",
      log: "Error (cgroup.c:901): cg: Can't move into cpuset//a/tasks (-1/0): No spa\n",
      words: "cpuset.cpus or cpuset.mems is empty (ENOSPC)", never: ["as root"]),
    Post(
      name: "no right to enter a cgroup",
      log: "Error (cgroup.c:901): cg: Can't move into cpu//a/tasks (-1/0): Permission denied\n",
      words: "may not enter cgroup cpu//a/tasks: EACCES", says: ["as root"]),
    Post(
      name: "a pipe that is another user's, in a wrapped line",
      log: """
        (00.1) 1: Error (criu/pipes.c:224): Unable to reopen the pipe /proc/sel
        f/fd/3: Permission denied
        (00.7) mnt: Switching to new ns to clean ghosts

        """,
      words: "may not open the inherited pipe /proc/self/fd/3 again (EACCES)",
      says: ["ls -lL /proc/self/fd"]),
    Post(
      name: "a line that words of a person follow",
      log: "(00.1) Error (criu/x.c:1): the moon is full\nand then I went home\n",
      words: "CRIU failed: the moon is full."),
    Post(
      name: "a terminal's settings, without rights",
      log: "Error (criu/tty.c:832): tty: Can't set tty params on 0x7: Operation not permitted\n",
      words: "has not the right to put back the settings of the program's terminal (EPERM)",
      says: ["CAP_SYS_ADMIN", "--unprivileged"], never: ["same kind"]),
    Post(
      name: "all fields of the memory layout, without rights",
      log: """
        pie: 8: Error (criu/pie/restorer.c:1839): prctl failed @1839 with -1
        pie: 8: Error (criu/pie/restorer.c:1840): prctl failed @1840 with -1

        """,
      words: "has not the right to set the fields of the task's memory layout",
      says: ["CAP_SYS_RESOURCE"], never: ["one field"]),
    Post(
      name: "a capability that is missing above an error",
      log: """
        (00.1) Effective capability 12 missing
        (00.2) Error (criu/util.c:1620): Unable to open

        """,
      words: "it has no CAP_NET_ADMIN (capability 12)"),
    Post(
      name: "the helper for the vDSO of 32-bit programs",
      log: "(00.1) Error (criu/vdso.c:431): vdso: Compat vdso helper failed\n",
      words: "maps the vDSO of 32-bit programs ended", says: ["IA32_EMULATION"],
      never: ["Search for"]),
    Post(
      name: "docker's own error, without a word of CRIU",
      log: """
        ERRO[0237] HTTP Error err=Cannot restore container 07a: Cannot find child for /fat_cat statusCode=500
        Error response from daemon: Cannot restore container 07a: Cannot find child for /fat_cat

        """,
      words: "docker failed: \"", says: ["Cannot find child for /fat_cat"],
      never: ["CRIU"]),
    Post(
      name: "a restored task that was killed, below the name of a log",
      log: """
        Error response from daemon: Cannot restore container o: criu failed: type NOTIFY errno 0
        log file: /var/d/criu.work/restore.log
        ..
        (01.3) Error (cr-restore.c:978): 31 killed by signal 9: Killed
        (01.4) Error (cr-restore.c:1840): Restoring FAILED.

        """,
      words: "was ended by SIGKILL while it was restored, most likely for an error before",
      says: ["grep -n Error /var/d/criu.work/restore.log"], never: ["out of memory"]),
    Post(
      name: "two tries, the first of them with CRIU's word",
      log: """
        => with 1.2.13
        Error response from daemon: OCI runtime restore failed: criu failed: type NOTIFY errno 0
        log file: /var/c/moby/(container id)/restore.log: unknown

        => with 1.2.2
        some more words
        Error response from daemon: failed to retrieve OCI runtime container pid: open /run/c/moby/a0/init.pid: no such file or directory: unknown

        """,
      words: "left no init.pid; CRIU failed in another try",
      says: ["grep -n Error /var/c/moby/(container id)/restore.log"]),
    Post(
      name: "a log in the message itself",
      log:
        "ctr: runc did not terminate successfully: exit status 1: criu failed: type NOTIFY errno 0 path= /run/c/redis/criu-dump.log: unknown\n",
      words: "CRIU failed", says: ["grep -n Error /run/c/redis/criu-dump.log"],
      never: ["criu-dump.log:", "--work-path"]),
    Post(
      name: "the words of an errno after a path",
      log:
        "CRIU checkpointing failed -52.  Please check CRIU logfile /x/dump.log: Invalid exchange\n",
      words: "could not dump the container", says: ["grep -n Error /x/dump.log"],
      never: ["Error /x/dump.log:"]),
    Post(
      name: "a number that youki adds",
      log: #"""
        ERROR libcontainer: it failed err="CRIU RPC request failed with message:Error (criu/files-reg.c:1815): Can't lookup mount=26 for fd=0 path=/dev/pts/5\n error:0" id="fb"

        """#,
      words: "(/dev/pts/5) lies on a mount"),
    Post(
      name: "a fault that was injected",
      log: """
        Forcing 134 fault
        (00.1) Error (compel/arch/x86/src/lib/infect.c:299): Corrupting xsave for 52, seed 16
        (00.1) Error (compel/arch/x86/src/lib/infect.c:315): Can't set xstate for 52: Invalid argument
        (00.2) Error (criu/cr-dump.c:1788): Dumping FAILED.

        """,
      words: "(fault 134 was injected)", says: ["CRIU_FAULT"], never: ["larger than"]),
    Post(
      name: "two restores that failed by different errors",
      log: """
        pie: Error (pie/restorer.c:442): Thread pid mismatch 44/43
        Error (cr-restore.c:2226): Restoring FAILED.
        and again:
        17: Error (files-reg.c:1524): Can't open file tmp/x on restore: No such file or directory
        Error (cr-restore.c:2226): Restoring FAILED.

        """,
      words: "/tmp/x, which the program used, is not here",
      says: ["run before it in the same text failed too: a thread got number 44 where 43"]),
  ]

  @Test("What people post", arguments: posts)
  func post(_ found: Post) throws {
    let tool = try Tool()
    try found.log.write(toFile: tool.folder + "/log", atomically: true, encoding: .utf8)
    #expect(tool.run("import", tool.folder + "/log").status == 0)
    let run = tool.run("explain", "--width", "400")
    let first = run.out.split(separator: "\n").first.map(String.init) ?? ""
    #expect(run.status == found.status, "\(run.out)")
    #expect(first.lowercased().contains(found.words.lowercased()), "\(run.out)")
    let answer = run.out.components(separatedBy: "\n").filter {
      !$0.contains("event ") || found.says.contains { $0.contains("event") }
    }
    .joined(separator: "\n")
    for words in found.says { #expect(answer.contains(words), "\(words): \(run.out)") }
    for words in found.never { #expect(!answer.contains(words), "\(words): \(run.out)") }
  }

  @Test("The traceback of a Python program is no trace")
  func traceback() throws {
    let tool = try Tool()
    let log = """
      Traceback (most recent call last):
        File "/usr/bin/crit", line 407, in recode
          files = self.get(one, two) #must be after core
        File "/usr/bin/crit", line 1124, in copy
          assert(os.path.isfile(one) and os.path.isfile(two))
      AssertionError

      """
    try log.write(toFile: tool.folder + "/log", atomically: true, encoding: .utf8)
    let run = tool.run("import", tool.folder + "/log")
    #expect(run.status != 0)
    #expect(run.err.contains("looks like no log"), "\(run.err)")
  }
}
