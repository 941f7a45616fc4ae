import FiniTestSupport
import Testing

/// CoreDumpTests have every boundary; this is what the program says.
@Suite(.serialized)
struct CoreDumpRecordTests {
  @Test(
    "A signal that dumps core before the first stop: exit status 1, the signal and the core are told",
    .disabled(if: CoreDumper.hindrance != nil, Comment(rawValue: CoreDumper.hindrance ?? "")),
    arguments: WitnessTests.strategies)
  func told(strategy: String) throws {
    try CoreDumper.with { dumper in
      let tool = try Tool()
      let pid = "\(dumper.process.pid)"
      // strace holds the recorder at its PTRACE_INTERRUPT, the second call about the victim.
      let script =
        shellEventually + """
          in_state() { grep -q "^State:.*$1" /proc/$pid/status; }
          is_traced() { ! grep -q '^TracerPid:.0$' /proc/$pid/status; }
          pid=$1 strategy=$2 tool=$3
          strace -e trace=ptrace -e signal=none -e inject=ptrace:delay_enter=2s:when=2 -o strace \\
            "$tool" record --unguarded --unrehearsed $pid --strategy $strategy &
          eventually 20 is_traced
          kill -QUIT $pid
          eventually 20 in_state t
          wait $!
          """
      let run = tool.run(program: "sh", ["-c", script, "sh", pid, strategy, Tool.path])
      #expect(run.status == 1, "\(run.err)")
      #expect(run.err.contains("SIGQUIT"), "\(run.err)")
      #expect(run.out.contains("killed by SIGQUIT (core dumped)"), "\(run.out)")
      // Delivered once, and its end: 1 for the core.
      #expect(
        tool.sqlite("SELECT kind, result FROM event WHERE signal = 3 AND kind IN (32, 34)")
          == [["32", ""], ["34", "1"]])
      #expect(tool.run("check").status != 0)
      #expect(try dumper.cores.count == 1)
    }
  }
}
