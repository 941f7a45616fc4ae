import FiniEventScripts
import FiniModel
import FiniRender
import FiniTimeline
import Testing

@Suite struct TimelineTextTests {
  @Test("Each strategy has its timeline at 80 columns", arguments: FiniStrategy.allCases)
  func strategies(_ strategy: FiniStrategy) throws {
    try expectGolden(
      Samples.show(Samples.timeline(strategy), strategy), "show-\(strategy.name).txt")
  }

  @Test("A signal that intervened is shown where it stopped the task")
  func intervened() throws {
    try expectGolden(Samples.show(Samples.intervened, .breakpointAfter), "show-intervened.txt")
  }

  @Test("Errors, losses and failed put-backs are marked")
  func troubles() throws { try expectGolden(Samples.show(Samples.troubles), "show-troubles.txt") }

  @Test("A wide terminal has a column for signals")
  func wide() throws {
    try expectGolden(
      Samples.show(Samples.intervened, style: TextStyle(width: 120, usesUnicode: true)),
      "show-wide.txt")
  }

  @Test("The head of the tracer's column names the first tracer that is known", arguments: [1, 60])
  func tracerColumn(unknown count: Int) {
    var events = Samples.timeline(.breakpoint).events
    for index in events.indices.prefix(count) { events[index].tracer = TaskID(0) }
    let text = Samples.show(Timeline(reading: events))
    #expect(text.contains("  tracer 4700         tracee 4711\n"))
    for index in events.indices { events[index].tracer = TaskID(0) }
    let unknown = Samples.show(Timeline(reading: events))
    #expect(unknown.contains("  tracer              tracee 4711\n"))
  }

  @Test("Every event can have a line of its own")
  func everyEvent() throws {
    let text = Samples.show(
      Samples.timeline(.breakpoint), style: TextStyle(showsEveryEvent: true))
    try expectGolden(text, "show-every-event.txt")
  }

  @Test("No line is wider than the terminal", arguments: [60, 72, 80, 100, 110, 132, 200])
  func widths(_ width: Int) {
    let timelines =
      FiniStrategy.allCases.map { Samples.timeline($0) } + [Samples.intervened, Samples.troubles]
    for timeline in timelines {
      for showsEveryEvent in [false, true] {
        let style = TextStyle(width: width, showsEveryEvent: showsEveryEvent)
        for line in Samples.show(timeline, style: style).split(separator: "\n") {
          #expect(line.count <= width, "\(line)")
        }
      }
    }
  }

  @Test("Plain text is ASCII, and without colour there is no ESC")
  func ascii() {
    for timeline in [Samples.timeline(.breakpoint), Samples.intervened, Samples.troubles] {
      let text = Samples.show(timeline)
      #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || (0x20..<0x7f).contains($0.value) })
    }
  }

  @Test("Colour adds nothing but colour")
  func color() {
    let plain = Samples.show(Samples.troubles)
    var colored = Samples.show(Samples.troubles, style: TextStyle(usesColor: true))
    #expect(colored != plain)
    for code in ["0", "1", "2", "31", "32", "33"] {
      colored = colored.split(separator: "\u{1b}[\(code)m", omittingEmptySubsequences: false)
        .joined()
    }
    #expect(colored == plain)
  }

  @Test("A task's name cannot reach the terminal unescaped")
  func hostileName() {
    let header = Samples.header(.breakpoint, comm: "a\u{1b}[2J\n\u{202e}b")
    let text = Samples.show(Samples.timeline(.breakpoint), header: header)
    #expect(text.contains("a\\x1b[2J\\x0a\\u{202e}b"))
    #expect(!text.contains("\u{1b}"))
  }

  @Test("A part of a run has the rules of the phases that it shows")
  func part() {
    let timeline = Samples.timeline(.breakpoint)
    var filter = TimelineFilter()
    filter.kinds = [.poke]
    let text = Samples.rows(of: timeline, filter.events(of: timeline))
    let lines = text.split(separator: "\n")
    #expect(lines.count == 6)
    #expect(lines[0].hasPrefix("-- fini "))
    #expect(lines[1].contains("poke DR0 = blob+0x3a0"))
    #expect(lines[3].contains("poke DR7 = 1 (armed)"))
    #expect(lines[4].hasPrefix("-- sigreturn "))
  }

  @Test("A wait that is shown without its stop has its own line")
  func waitAlone() {
    let timeline = Samples.timeline(.breakpoint)
    var filter = TimelineFilter()
    filter.kinds = [.wait]
    let text = Samples.rows(of: timeline, filter.events(of: timeline))
    #expect(text.contains("status 0x80057f"))
  }
}
