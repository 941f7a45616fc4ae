import FiniEventScripts
import FiniModel
import FiniProof
import FiniRender
import FiniTimeline
import Foundation
import Testing

@Suite struct JSONTests {
  private func lines(_ timeline: Timeline) -> [String] {
    var text = ""
    EventJSON(run: 3).write(timeline, to: &text)
    return text.split(separator: "\n").map { String($0) }
  }

  @Test("A poke of DR7 has its words as hex strings and its times as integers")
  func poke() {
    let timeline = Samples.timeline(.breakpoint)
    let index = Int(timeline.facts.armed ?? 0) - 1
    #expect(
      lines(timeline)[index]
        == #"{"run":3,"event":39,"source":"engine","kind":"poke","phase":"fini","#
        + #""entered_ns":1000234000,"left_ns":1000236000,"tracer":4700,"tracee":4711,"#
        + #""request":6,"request_name":"PTRACE_POKEUSER","address":"0x388","data":"0x1","#
        + #""result":0,"debug_register":7,"debug_value":"0x1"}"#)
  }

  @Test("A breakpoint's stop has its class, its place and its siginfo")
  func stop() {
    let timeline = Samples.timeline(.breakpoint)
    let index = Int(timeline.facts.hit ?? 0) - 1
    #expect(
      lines(timeline)[index].hasSuffix(
        #""tracer":4700,"tracee":4711,"status":"0x57f","class":"breakpoint","#
          + #""pc":"0x7f12000003a0","siginfo":{"signal":5,"signal_name":"SIGTRAP","code":4,"#
          + #""code_name":"TRAP_HWBKPT","address":"0x7f12000003a0"},"signals":{"pending":"0x0","#
          + #""shared_pending":"0x0","blocked":"0xffffffffffffffef"}}"#))
  }

  @Test("A failed call has the name of its error")
  func error() {
    let all = lines(Samples.troubles)
    #expect(all.contains { $0.contains(#""result":-3,"error":"ESRCH""#) })
    #expect(all.contains { $0.contains(#""kind":"gap""#) && $0.contains(#""lost":12"#) })
    #expect(all.contains { $0.contains(#""signal_name":"SIGTRAP","core":true"#) })
  }

  @Test("Every line is an object for an independent reader")
  func wellFormed() throws {
    let timelines =
      FiniStrategy.allCases.map { Samples.timeline($0) } + [Samples.intervened, Samples.troubles]
    for timeline in timelines {
      let lines = lines(timeline)
      #expect(lines.count == timeline.events.count)
      for (line, event) in zip(lines, timeline.events) {
        let object = try #require(
          try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        #expect(object["event"] as? Int == Int(event.sequence))
        #expect(object["kind"] as? String == event.kind.name)
        #expect(object["entered_ns"] as? Int == Int(event.entered.rawValue))
      }
    }
  }

  @Test("Text that a process chose stays one line and comes back as it was")
  func hostileText() throws {
    let comm = "a\"b\\c\u{0}\u{1b}\n\u{2028}\u{202e}é\u{1f600}"
    var text = ""
    RunList([Samples.header(.breakpoint, comm: comm)]).writeJSON(to: &text)
    #expect(text.split(separator: "\n").count == 1)
    let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
    #expect(object?["comm"] as? String == comm)
    #expect(text.contains(#""a\"b\\c\u0000\u001b\n\u2028"#))
  }

  @Test("Bytes that are not UTF-8 become U+FFFD")
  func invalidText() throws {
    let comm = String(decoding: [0x61, 0xff, 0x62], as: UTF8.self)
    var text = ""
    RunList([Samples.header(nil, comm: comm)]).writeJSON(to: &text)
    let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
    #expect(object?["comm"] as? String == "a\u{fffd}b")
  }

  @Test("The registers stand in the order of user_regs_struct")
  func registers() {
    let line = lines(Samples.timeline(.breakpoint)).first { $0.contains(#""registers":"#) } ?? ""
    #expect(line.contains(#""registers":{"r15":"0x100","r14":"0x101","#))
    #expect(line.contains(#""orig_rax":"0x0","rip":"0x401234","#))
    #expect(line.hasSuffix(#""gs":"0x11a"}}"#))
  }
}
