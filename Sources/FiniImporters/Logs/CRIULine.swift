internal import FiniModel

/// Which lines belong to a log of CRIU.
enum CRIULine {
  /// Whether it looks like a line that CRIU wrote.
  static func recognizes(_ line: TextLine) -> Bool {
    let range = line.start..<line.end
    // Messages of the kernel about a tracer's failed work: users add them to a log, or send them alone.
    return LogParts(line.bytes, range).isOwn || KernelLine(line.bytes, range) != nil
  }

  /// Whether it may be a line of such a log: words that CRIU or a program that starts it writes, without
  /// time and place. Ordinary text can have them too.
  static func mayBelong(_ line: TextLine) -> Bool {
    if CRIUPhrase.read(Scanner(line)) != nil { return true }
    let message = LogMessage(line.text)
    // LXC's last word is made of words of every day: it needs another line beside it.
    if message.text.hasSuffix(" failed."), message.speaker == .wrapper(name: "lxc"),
      !message.text.contains(":")
    {
      return false
    }
    switch message.speaker {
    case .criu, .compel, .parasite, .wrapper, .kernel: return true
    case .unknown: return false
    }
  }
}
