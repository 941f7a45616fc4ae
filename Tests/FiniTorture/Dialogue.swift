import FiniTestSupport

/// Reads and checks the lines of a victim.
struct Voice {
  let process: LiveProcess
  let kind: Kind

  /// The answer to a line, after any lines that the victim writes by itself.
  func answer(_ line: String, _ complaints: inout [String]) -> String? {
    process.say(line)
    return nextAnswer(&complaints)
  }

  /// The next line that is an answer.
  func nextAnswer(_ complaints: inout [String], within timeout: Int = 3000) -> String? {
    while let line = process.nextLine(within: timeout) {
      if !isRemark(line, &complaints) { return line }
    }
    return nil
  }

  /// Reads the lines that it wrote by itself; any unexpected line is an error.
  func drain(_ complaints: inout [String]) {
    while let line = process.nextLine(within: 1) {
      if !isRemark(line, &complaints) { complaints.append("it said: \(line)") }
    }
  }

  private func isRemark(_ line: String, _ complaints: inout [String]) -> Bool {
    if line == "eintr" {
      if !kind.mayBeInterrupted { complaints.append("its call ended with EINTR") }
      return true
    }
    let words = line.split(separator: " ")
    if words.first == "thread" {
      let isUsual = words.count == 5 && ["epoll", "sigwait"].contains(words[2]) && words[4] == "4"
      if !isUsual { complaints.append("it said: \(line)") }
      return true
    }
    if case .turns = kind.dialogue, words.first == "turns" { return true }
    guard case .waits(let result, let milliseconds) = kind.dialogue, words.count == 4 else {
      return false
    }
    let time = Double(words[3]) ?? -1
    // It may sleep on while it is stopped, or another program has the processor: for seconds on a
    // loaded machine.
    if words[1] + " " + words[2] != result || time < milliseconds - 0.5 || time > 30_000 {
      complaints.append("it said: \(line)")
    }
    return true
  }
}

/// A victim or its twin, with its pipes.
struct Answers: Equatable {
  var count: Int?
  var sum: Int?
  var lines: [String] = []

  init() {}

  /// Talks with it.
  init(of voice: Voice, _ complaints: inout [String]) {
    switch voice.kind.dialogue {
    case .echo:
      let line = voice.answer("on", &complaints)
      if line != "line on" { complaints.append("asked to echo it said \(line ?? "nothing")") }
    case .count(let queued):
      count = Answers.number("count", voice, &complaints)
      if queued { sum = Answers.number("sum", voice, &complaints) }
    case .word(let word):
      guard let line = voice.answer(word, &complaints) else {
        complaints.append("asked to \(word) it said nothing")
        return
      }
      lines = [line]
    case .audit:
      voice.process.say("audit")
      while let line = voice.nextAnswer(&complaints), line != "end" { lines.append(line) }
    case .turns:
      voice.process.signal(12)
      var said = voice.process.nextLine(within: 3000)
      while let line = said, !line.hasPrefix("turns") {
        complaints.append("it said: \(line)")
        said = voice.process.nextLine(within: 3000)
      }
      if said == nil { complaints.append("it does not turn") }
    case .waits:
      if voice.process.nextLine(within: 3000) == nil { complaints.append("its waits do not end") }
    case .silent:
      break
    }
    voice.drain(&complaints)
  }

  private static func number(
    _ word: String, _ voice: Voice, _ complaints: inout [String]
  ) -> Int? {
    let words = (voice.answer(word, &complaints) ?? "").split(separator: " ")
    guard words.count == 2, words[0] == word, let number = Int(words[1]) else {
      complaints.append("asked for its \(word) it said \(words)")
      return nil
    }
    return number
  }
}
