import FiniTestSupport
import Foundation
import Testing

/// What a user may do, and what is said to one who may not: the right reason, and what helps.
@Suite("Rights", .serialized, .enabled(if: Doors.isRoot, "needs root"))
struct RightsTests {
  /// A copy of the tool that every user can run, in a folder that every user can write to.
  private func shared() throws -> (tool: Tool, copy: String) {
    let tool = try Tool()
    try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: tool.folder)
    let copy = tool.folder + "/copy"
    try FileManager.default.copyItem(atPath: Tool.path, toPath: copy)
    return (tool, copy)
  }

  private static let user = ["--reuid=65534", "--regid=65534", "--clear-groups"]
  private static let three = "-all,+bpf,+perfmon,+sys_ptrace"

  @Test func `three capabilities are all that a user needs, ambient or of the file`() throws {
    let (tool, copy) = try shared()
    let ambient =
      RightsTests.user + [
        "--inh-caps=\(RightsTests.three)", "--ambient-caps=\(RightsTests.three)",
        "--bounding-set=\(RightsTests.three)", copy,
      ]
    let granted = tool.folder + "/granted"
    try FileManager.default.copyItem(atPath: Tool.path, toPath: granted)
    // An ordinary PATH has no sbin.
    let setcap =
      "PATH=$PATH:/usr/sbin:/sbin exec setcap cap_sys_ptrace,cap_bpf,cap_perfmon+ep \"$0\""
    let set = tool.run(program: "sh", ["-c", setcap, granted])
    #expect(set.status == 0, "\(set.err)")
    for (index, words) in [ambient, RightsTests.user + [granted]].enumerated() {
      let doctor = tool.run(program: "setpriv", words + ["doctor"])
      #expect(doctor.out.contains("user 65534, CAP_SYS_PTRACE held"), "\(doctor.out)")
      #expect(doctor.out.contains("the program loads and attaches"), "\(doctor.out)")
      // A process of root, with all capabilities.
      try withVictim("blocked-in-read") { victim in
        let file = "\(tool.folder)/\(index).db"
        let record = tool.run(program: "setpriv", words + ["record", "\(victim.pid)", "-o", file])
        #expect(record.status == 0, "\(record.err)")
        let command = tool.run(
          program: "setpriv", words + ["record", "-o", file, "--observer", "bpf", "--", "true"])
        #expect(command.status == 1 && command.err.contains("true did not trace anything"))
      }
    }
  }

  @Test func `root without CAP_SYS_PTRACE is told what its container needs`() throws {
    let tool = try Tool()
    let words = ["--bounding-set=-sys_ptrace", "--inh-caps=-sys_ptrace", Tool.path]
    try withVictim("blocked-in-read") { victim in
      let run = tool.run(program: "setpriv", words + ["record", "\(victim.pid)"])
      #expect(run.status == 69 && run.errLines.count == 1, "\(run.err)")
      #expect(run.err.contains("you are root without CAP_SYS_PTRACE; in a container start it with"))
      #expect(run.err.contains("docker run --cap-add SYS_PTRACE (or --privileged --pid=host)"))
    }
    let doctor = tool.run(program: "setpriv", words + ["doctor", "--json"])
    #expect(doctor.out.contains("user 0, CAP_SYS_PTRACE not held"), "\(doctor.out)")
    #expect(doctor.out.contains("docker run --cap-add SYS_PTRACE"), "\(doctor.out)")
  }

  @Test func `root of a user namespace is told that its rights end there`() throws {
    let tool = try Tool()
    let words = ["-U", "-r", Tool.path]
    try withVictim("blocked-in-read") { victim in
      let run = tool.run(program: "unshare", words + ["record", "\(victim.pid)"])
      #expect(run.status == 69 && run.errLines.count == 1, "\(run.err)")
      #expect(run.err.contains("you are in a user namespace, and your rights do not count"))
      #expect(run.err.contains("run it as root outside of the namespace"), "\(run.err)")
    }
    let doctor = tool.run(program: "unshare", words + ["doctor", "--json"])
    #expect(doctor.out.contains("user 0, in a user namespace"), "\(doctor.out)")
    #expect(
      doctor.out.contains(
        "the kernel may not be watched from inside a user namespace; run it as root"))
    // What is in the namespace may be cured.
    let script = "sleep 50 & \"$0\" record $!; status=$?; kill $!; exit $status"
    let inside = tool.run(program: "unshare", ["-U", "-r", "sh", "-c", script, Tool.path])
    #expect(inside.status == 0, "\(inside.err)")
  }

  @Test func `a seccomp profile that forbids ptrace is named`() throws {
    let tool = try Tool()
    // A filter that answers EPERM to ptrace (101), as container managers have it, and lets all else pass.
    let script = """
      import ctypes, os, struct, sys
      code = b"".join(struct.pack("HBBI", *word) for word in
        [(0x20, 0, 0, 0), (0x15, 0, 1, 101), (0x06, 0, 0, 0x50001), (0x06, 0, 0, 0x7fff0000)])
      buffer = ctypes.create_string_buffer(code)
      program = struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(buffer))
      libc = ctypes.CDLL(None, use_errno=True)
      assert libc.prctl(38, 1, 0, 0, 0) == 0
      assert libc.prctl(22, 2, program, 0, 0) == 0
      os.execv(sys.argv[1], sys.argv[1:])
      """
    try withVictim("blocked-in-read") { victim in
      let run = tool.run(
        program: "python3", ["-c", script, Tool.path, "record", "\(victim.pid)"])
      #expect(run.status != 0)
      #expect(
        run.err.contains("you are under seccomp, whose profile may forbid ptrace"), "\(run.err)")
      #expect(run.err.contains("--security-opt seccomp=unconfined"), "\(run.err)")
      victim.say("x")
      #expect(victim.nextLine() == "line x")
    }
    let doctor = tool.run(program: "python3", ["-c", script, Tool.path, "doctor", "--json"])
    #expect(doctor.out.contains("this process is under seccomp"), "\(doctor.out)")
    #expect(doctor.out.contains("--security-opt seccomp=unconfined"), "\(doctor.out)")
  }
}
