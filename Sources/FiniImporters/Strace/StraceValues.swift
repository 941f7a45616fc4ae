internal import FiniModel

/// The values that strace writes in the arguments of ptrace and wait calls.
extension Scanner {
  /// A number. Skips comments after it, and the annotation of `-y` and `-Y`: `12<command>`.
  mutating func value() -> UInt64? {
    guard let value = number() else { return nil }
    skipAnnotation()
    skipComment()
    return value
  }

  /// Skips `<command>` or `<path>` after a number. A name may contain the same brackets.
  mutating func skipAnnotation() {
    guard next == .less, peek(1) != .less else { return }
    var here = at + 1
    while here < end {
      if bytes[here] == .greater {
        let follower = here + 1 < end ? bytes[here + 1] : .blank
        if follower == .comma || follower == .closeParenthesis || follower == .blank
          || follower == .closeBracket || follower == .closeBrace
        {
          at = here + 1
          return
        }
      }
      here += 1
    }
  }

  /// `SIGTRAP`, `5 /* SIGTRAP */`, `5`.
  mutating func signal() -> Signal? {
    let begin = at
    if let number = number() {
      skipComment()
      guard number <= 64 else {
        at = begin
        return nil
      }
      return Signal(rawValue: Int32(number))
    }
    if let signal = Words.signal(word()) { return signal }
    at = begin
    return nil
  }

  /// `[]`, `~[TRAP]`, `[5 /* TRAP */ 10 /* USR1 */]`.
  mutating func signalSet() -> SignalSet? {
    let begin = at
    let isInverted = take(.tilde)
    guard take(.openBracket) else {
      at = begin
      return nil
    }
    var set = SignalSet.empty
    while true {
      skipBlanks()
      if take(.closeBracket) { break }
      guard !isAtEnd, let signal = signal() else {
        at = begin
        return nil
      }
      set.insert(signal)
    }
    return isInverted ? SignalSet(rawValue: ~set.rawValue) : set
  }

  /// `"\314\1H"...`: bytes, with strace's escapes; those that it left out are missing.
  mutating func quotedBytes() -> [UInt8]? {
    guard take(.quote) else { return nil }
    var found: [UInt8] = []
    while let byte = next {
      at += 1
      if byte == .quote {
        _ = take("...")
        return found
      }
      guard byte == .backslash, let escaped = next else {
        found.append(byte)
        continue
      }
      at += 1
      switch escaped {
      case UInt8(ascii: "n"): found.append(0x0a)
      case UInt8(ascii: "t"): found.append(0x09)
      case UInt8(ascii: "r"): found.append(0x0d)
      case UInt8(ascii: "v"): found.append(0x0b)
      case UInt8(ascii: "f"): found.append(0x0c)
      case UInt8(ascii: "x"):
        var value: UInt8 = 0
        for _ in 0..<2 {
          guard let next, let digit = Scanner.digit(next) else { break }
          value = value << 4 | UInt8(truncatingIfNeeded: digit)
          at += 1
        }
        found.append(value)
      case UInt8(ascii: "0")...UInt8(ascii: "7"):
        var value = escaped - UInt8(ascii: "0")
        for _ in 0..<2 {
          guard let next, (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(next) else { break }
          value = value &<< 3 | (next - UInt8(ascii: "0"))
          at += 1
        }
        found.append(value)
      default: found.append(escaped)
      }
    }
    return nil
  }

  /// `{si_signo=SIGTRAP, si_code=SI_KERNEL, ...}`.
  mutating func signalInfo() -> SignalInfo? {
    let begin = at
    guard take(.openBrace) else { return nil }
    var info = SignalInfo(signal: Signal(rawValue: 0), code: .user)
    var hasSignal = false
    while !isAtEnd, !take(.closeBrace) {
      let key = word()
      guard take(.equal) else { break }
      if key.reads("si_signo") {
        guard let signal = signal() else { break }
        info.signal = signal
        hasSignal = true
      } else if key.reads("si_code") {
        if let code = number() {
          info.code = SignalCode(rawValue: Int32(truncatingIfNeeded: code))
          skipComment()
        } else if let code = Words.code(word()) {
          info.code = SignalCode(rawValue: code)
        }
      } else if key.reads("si_pid") {
        info.sender = number().map { TaskID(Int32(truncatingIfNeeded: $0)) }
      } else if key.reads("si_uid") {
        info.senderUser = number().map { UInt32(truncatingIfNeeded: $0) }
      } else if key.reads("si_addr") {
        info.address = number().map { RemoteAddress($0) }
      } else if key.reads("si_status") {
        info.value = number() ?? signal().map { UInt64($0.rawValue) }
      }
      skipValue()
      _ = comma()
    }
    guard hasSignal else {
      at = begin
      return nil
    }
    return info
  }

  /// `{r15=0x1, ..., gs=0}`. Registers that strace left out are not known.
  mutating func registers() -> KnownRegisters? {
    let begin = at
    guard take(.openBrace) else { return nil }
    var found = KnownRegisters(Registers(), known: 0)
    while !isAtEnd, !take(.closeBrace) {
      if take("...") {
        skipValue()
      } else {
        let key = word()
        guard take(.equal), let value = number() else {
          skipValue()
          if !comma(), !take(.closeBrace) { break }
          continue
        }
        if let name = Words.registers[key] {
          found.registers[name] = value
          found.known |= 1 << UInt32(name.rawValue)
        }
        skipValue()
      }
      _ = comma()
    }
    guard found.known != 0 else {
      at = begin
      return nil
    }
    return found
  }

  /// The status word in the form of strace's macros.
  mutating func waitStatus() -> UInt32? {
    let begin = at
    let isShown = take(.openBracket)
    if let word = number() {
      skipComment()
      // Without brackets it is the address, and strace did not read the word there.
      guard isShown, take(.closeBracket) else {
        at = begin
        return nil
      }
      return UInt32(truncatingIfNeeded: word)
    }
    // Before version 4.5.19 there are no braces.
    let hasBrace = take(.openBrace)
    guard hasBrace || isShown else {
      at = begin
      return nil
    }
    var status: UInt32?
    if take("WIFEXITED(s) && WEXITSTATUS(s) == ") {
      status = number().map { UInt32(truncatingIfNeeded: $0) << 8 }
    } else if take("WIFSIGNALED(s) && WTERMSIG(s) == ") {
      status = signal().map { UInt32($0.rawValue) }
      if take(" && WCOREDUMP(s)"), let known = status { status = known | 0x80 }
    } else if take("WIFSTOPPED(s) && WSTOPSIG(s) == ") {
      status = stopSignal().map { $0 << 8 | 0x7f }
    } else if take("WIFCONTINUED(s)") {
      status = 0xffff
    }
    skipBlanks()
    guard var status, !hasBrace || take(.closeBrace) else {
      at = begin
      return nil
    }
    // The event comes after the brace: {...}|PTRACE_EVENT_STOP<<16
    skipBlanks()
    while take(.bar) {
      skipBlanks()
      guard let bits = highBits() else {
        // The other bits of the word are not known, so the word is not known.
        at = begin
        return nil
      }
      status |= bits
      skipBlanks()
    }
    _ = take(.closeBracket)
    return status
  }

  private mutating func stopSignal() -> UInt32? {
    guard let signal = signal() else { return nil }
    var number = UInt32(signal.rawValue)
    let begin = at
    skipBlanks()
    if take(.bar) {
      skipBlanks()
      if let more = value() {
        number |= UInt32(truncatingIfNeeded: more) & 0xff
      } else {
        at = begin
      }
    } else {
      at = begin
    }
    return number
  }

  /// `PTRACE_EVENT_STOP<<16`, `128<<16`; before version 4.9 the bits themselves, `0x800000`.
  private mutating func highBits() -> UInt32? {
    var found: UInt32?
    if let number = value() {
      found = UInt32(truncatingIfNeeded: number)
    } else {
      let names: [(StaticString, UInt32)] = [
        ("PTRACE_EVENT_STOP", 128), ("PTRACE_EVENT_VFORK_DONE", 5), ("PTRACE_EVENT_VFORK", 2),
        ("PTRACE_EVENT_FORK", 1), ("PTRACE_EVENT_CLONE", 3), ("PTRACE_EVENT_EXEC", 4),
        ("PTRACE_EVENT_EXIT", 6), ("PTRACE_EVENT_SECCOMP", 7),
      ]
      for (name, number) in names where take(name) {
        found = number
        break
      }
    }
    guard let found else { return nil }
    skipBlanks()
    guard take("<<") else { return found }
    skipBlanks()
    guard take("16") || take("8") else { return nil }
    return (found & 0xff) << 16
  }
}
