/// What a line of a log shows of the names that are to be taken out of all lines.
extension Redactor {
  private static let folders = ["/home/", "/Users/", "/run/user/"].map { Array($0.utf8) }
  private static let runningOn = Array("Running on ".utf8)
  private static let linux = Array(" Linux ".utf8)
  private static let endOfProgram = Array("]:".utf8)
  /// The columns of syslog: time, host, program.
  private static let columns = 6

  /// Learns the names that the form of a line shows.
  package mutating func learn(line: String) { learn(line: Array(line.utf8)) }

  private mutating func learn(line: [UInt8]) {
    if let name = LineShape(of: line).name {
      learn(String(decoding: line[name], as: UTF8.self), as: .task)
    }
    learnSyslog(line)
    for place in line.indices {
      switch line[place] {
      case UInt8(ascii: "R"):
        // CRIU's log begins with the kernel's name of the machine.
        let rest = line[place...]
        guard rest.starts(with: Redactor.runningOn) else { continue }
        let host = rest.dropFirst(Redactor.runningOn.count).prefix { $0 != 0x20 }
        if line[host.endIndex...].starts(with: Redactor.linux) {
          learn(String(decoding: host, as: UTF8.self), as: .host)
        }
      case UInt8(ascii: "/"):
        for folder in Redactor.folders where line[place...].starts(with: folder) {
          let name = line[(place + folder.count)...].prefix {
            $0.isLetter || $0.isDigit || "_-.".utf8.contains($0)
          }
          learn(String(decoding: name, as: UTF8.self), as: .user)
        }
      default: break
      }
    }
  }

  /// syslog, and journalctl in its formats: a time, the host, a program and its number.
  private mutating func learnSyslog(_ line: [UInt8]) {
    let words = line.prefix(256).split(
      separator: 0x20, maxSplits: Redactor.columns, omittingEmptySubsequences: true)
    for place in [2, 4] where words.count > place {
      let program = words[place]
      guard program.suffix(2).elementsEqual(Redactor.endOfProgram),
        let number = program.firstIndex(of: UInt8(ascii: "[")),
        words[..<(place - 1)].contains(where: { $0.contains(UInt8(ascii: ":")) })
      else { continue }
      learn(String(decoding: words[place - 1], as: UTF8.self), as: .host)
      learn(String(decoding: program[..<number], as: UTF8.self), as: .task)
    }
  }
}
