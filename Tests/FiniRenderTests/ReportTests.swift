import FiniEventScripts
import FiniModel
import FiniProof
import FiniRender
import FiniTimeline
import Foundation
import Testing

@Suite struct ReportTests {
  private func check(_ timeline: Timeline, _ strategy: FiniStrategy = .breakpoint) -> String {
    var text = ""
    report(timeline, strategy).write(to: &text)
    return text
  }

  private func report(_ timeline: Timeline, _ strategy: FiniStrategy) -> CheckReport {
    CheckReport(
      Answer(timeline.judged, start: timeline.start, header: Samples.header(strategy)))
  }

  @Test("A check answers first and proves it then")
  func checks() throws {
    try expectGolden(check(Samples.timeline(.breakpoint)), "check-landed.txt")
    try expectGolden(check(Samples.intervened, .breakpointAfter), "check-intervened.txt")
    try expectGolden(check(Samples.troubles), "check-troubles.txt")
  }

  @Test("A check is one object, and null where it cannot tell")
  func checkJSON() throws {
    var text = ""
    report(Samples.intervened, .breakpointAfter).writeJSON(to: &text)
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    #expect(object["verdict"] as? String == "intervened")
    #expect(object["landed"] as? Bool == false)
    let intervention = object["intervention"] as? [String: Any]
    #expect(intervention?["signal_name"] as? String == "SIGUSR1")
    #expect((intervention?["siginfo"] as? [String: Any])?["sender"] as? Int == 4801)
    #expect((object["costs"] as? [String: Any])?["calls"] != nil)
    text = ""
    report(Samples.troubles, .breakpoint).writeJSON(to: &text)
    #expect(text.contains(#""landed":null"#))
    #expect(text.contains(#""kind":"detached-armed","failure":true"#))
    text = ""
    report(Samples.timeline(.syscall), .syscall).writeJSON(to: &text)
    #expect(text.contains(#""landed":true,"caught":"syscall""#))
    #expect(text.contains(#""fini":{"calls":22,"stops":9,"#))
  }

  @Test("Two runs stand side by side with their difference")
  func comparison() throws {
    let comparison = Comparison(
      Samples.timeline(.breakpoint), Samples.timeline(.syscall), labels: ("run 1", "run 2"))
    var text = ""
    ComparisonReport(comparison).write(to: &text)
    try expectGolden(text, "compare-two.txt")
    text = ""
    ComparisonReport(comparison).write(to: &text, everything: true)
    try expectGolden(text, "compare-everything.txt")
  }

  @Test("40 columns hold a comparison, with numbers of any size")
  func narrowComparison() throws {
    let runs = [
      ComparedRun(Samples.timeline(.breakpoint), label: "run 1"),
      ComparedRun(Samples.timeline(.breakpointAfter), label: "run 100/4194304"),
    ]
    var text = ""
    ComparisonReport(Comparison(runs)).write(to: &text, style: TextStyle(width: 40))
    for line in text.split(separator: "\n") { #expect(line.count <= 40, "\(line)") }
    try expectGolden(text, "compare-narrow.txt")
    let four = FiniStrategy.allCases.map { ComparedRun(Samples.timeline($0), label: $0.name) }
    text = ""
    ComparisonReport(Comparison(four)).write(
      to: &text, style: TextStyle(width: 40), everything: true)
    for line in text.split(separator: "\n") { #expect(line.count <= 40, "\(line)") }
    #expect(text.contains("fini-window stops"))
  }

  @Test("Equal runs are one sentence")
  func equalRuns() {
    let comparison = Comparison(Samples.intervened, Samples.intervened, labels: ("run 1", "run 2"))
    var text = ""
    ComparisonReport(comparison).write(to: &text)
    #expect(
      text == """
        run 1 and run 2 are equal:
        the same verdict, phases, calls, stops, signals and times

        """)
    text = ""
    ComparisonReport(comparison).writeJSON(to: &text)
    #expect(text.contains(#""equal":true,"longest":null}"#))
  }

  @Test("Four runs fit 80 columns, without a difference")
  func fourRuns() throws {
    let runs = FiniStrategy.allCases.map { ComparedRun(Samples.timeline($0), label: $0.name) }
    var text = ""
    ComparisonReport(Comparison(runs)).write(to: &text)
    for line in text.split(separator: "\n") { #expect(line.count <= 80) }
    try expectGolden(text, "compare-four.txt")
  }

  @Test("A comparison as JSON has a head and a line a measure")
  func comparisonJSON() throws {
    let comparison = Comparison(Samples.timeline(.breakpoint), Samples.timeline(.direct))
    var text = ""
    ComparisonReport(comparison).writeJSON(to: &text)
    let lines = text.split(separator: "\n")
    #expect(
      lines[0] == #"{"labels":["A","B"],"verdicts":["landed","landed"],"#
        + #""strategies":["breakpoint","direct"],"sources":["engine","engine"],"equal":false,"#
        // 0.380 and 0.247 ms; the phase sigreturn of the first has 0.079, and 1 us until unmap.
        + #""longest":{"run":0,"than":1,"by_ns":133000,"of":"frozen","phase":"sigreturn","#
        + #""phase_ns":80000}}"#)
    #expect(
      lines.contains(
        #"{"measure":"fini-window calls","unit":"count","values":[14,8],"difference":-6}"#))
    #expect(lines.contains { $0.contains(#""sigreturn calls""#) && $0.contains(",null]") })
    for line in lines { _ = try JSONSerialization.jsonObject(with: Data(line.utf8)) }
  }

  @Test("Runs are listed with strategy, costs and verdict")
  func runList() throws {
    var runs = [
      Samples.header(.breakpoint),
      RunHeader(
        number: 12, pid: TaskID(4_194_304), comm: "a\u{1b}[2Jvery-long-na",
        strategyAsked: .breakpointAfter, strategyTaken: .syscall,
        startedRealtime: 951_827_696_000_000_000, eventCount: 1_234_567, verdict: .neverReached,
        frozen: 1_234_567_890),
      RunHeader(number: 13, pid: TaskID(1), comm: "init", isFinished: false),
      RunHeader(number: 14, pid: TaskID(1), comm: "init", isFinished: false),
    ]
    runs[1].commandLine = "fini-trace record -- podman container checkpoint \u{1b}[2J"
    runs[1].host = "vm1"
    runs[1].tracerVersion = "4.1"
    runs[2].commandLine = "fini-trace record 1 --tree --strategy breakpoint-after -o some/long/name"
    runs[3].isAbandoned = true
    var text = ""
    RunList(runs).write(to: &text)
    for line in text.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
    try expectGolden(text, "list.txt")
  }
}
