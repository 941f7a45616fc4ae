internal import FiniModel
internal import FiniStore

/// What each column of a recording becomes. docs/Privacy.md says the same in words.
extension Redactor {
  private static let debugRegisters: ClosedRange<Int64> = 848...904
  private static let peeks: ClosedRange<Int64> = 1...2
  private static let pokes: ClosedRange<Int64> = 4...5
  private static let userWords: Set<Int64> = [3, 6]
  /// The proof reads them: where the task was, its stack, the call that it was in, its flags; segments are small.
  private static let neededRegisters: Set<Registers.Name> = [.rip, .rsp, .origRAX, .eflags]

  /// Learns names and addresses from a row.
  mutating func learn(_ row: CopiedRow) {
    switch row.table {
    case "run":
      learnText(row, "host", as: .host)
      if case .text(let line) = row["command_line"] { learnCommandLine(line) }
    case "task": learnText(row, "name", as: .task)
    case "event": learnAddresses(row)
    case "register_change":
      let registers = Redactor.registers(row)
      for (name, word) in registers where name == .rip || name == .rsp {
        words.learn(address: word)
      }
      // mmap, mprotect, munmap, mremap: which memory was mapped and is gone is told by their arguments.
      if registers.contains(where: { $0.name == .rax && [9, 10, 11, 25].contains($0.word) }) {
        for (name, word) in registers where name == .rsi { words.learn(size: word) }
      }
    case "log_line": if case .text(let text) = row["text"] { learn(line: text) }
    default: break
    }
  }

  /// Takes out of a row what is private.
  mutating func redact(_ row: inout CopiedRow) {
    switch row.table {
    case "run":
      change(&row, "command_line") { $0.commandLine($1) }
      change(&row, "host") { $1.isEmpty ? $1 : $0.placeholder(.host, for: $1) }
      change(&row, "exit_summary") { $0.text($1) }
    case "origin":
      // The UUID is random, and the copy is the same run. No placeholder: that would be one machine in all bundles.
      for column in ["machine", "boot"] where row[column] != .null {
        count(.identifier)
        row[column] = .null
      }
    case "task": change(&row, "name") { $0.taskName($1) }
    case "event": redactEvent(&row)
    case "register_change": redactRegisters(&row)
    case "input":
      change(&row, "name") {
        $1 == "-" || $1 == "standard input" ? $1 : $0.placeholder(.path, for: $1)
      }
      change(&row, "anchor") { $0.text($1) }
    case "intervention", "signal_history": redactWord(&row, "value")
    case "log_line": change(&row, "text") { $0.text($1) }
    default:
      // Sentences of ours: of evidence, findings, judgements, cures.
      for column in ["reason", "sentence", "summary"] { change(&row, column) { $0.text($1) } }
    }
  }

  // MARK: Texts

  private mutating func learnText(_ row: CopiedRow, _ column: String, as kind: Kind) {
    if case .text(let text) = row[column] { learn(text, as: kind) }
  }

  private mutating func change(
    _ row: inout CopiedRow, _ column: String, _ body: (inout Redactor, String) -> String
  ) {
    if case .text(let text) = row[column] { row[column] = .text(body(&self, text)) }
  }

  // MARK: Events

  private mutating func learnAddresses(_ row: CopiedRow) {
    if let counter = row.number("program_counter") { learn(counter) }
    guard let kind = row.number("kind").flatMap({ EventKind(rawValue: UInt8($0)) }) else { return }
    switch kind {
    case .poke, .peek:
      guard let request = row.number("request"), let address = row.number("address") else { return }
      if !Redactor.userWords.contains(request) {
        learn(address)
      } else if Redactor.debugRegisters.contains(address)
        || [.rip, .rsp].contains(Redactor.register(at: address))
      {
        learn(row.number("data") ?? 0)
      }
    case .memory, .sequenceAbort, .snapshot: learn(row.number("address") ?? 0)
    case .stop, .syscallInfo: learn(row.number("extra") ?? 0)
    default: break
    }
  }

  private mutating func learn(_ word: Int64) { words.learn(address: UInt64(bitPattern: word)) }

  private mutating func redactEvent(_ row: inout CopiedRow) {
    guard let kind = row.number("kind").flatMap({ EventKind(rawValue: UInt8(clamping: $0)) }) else {
      return
    }
    switch kind {
    case .poke, .peek: redactPoke(&row)
    case .memory:
      let count = Int(row.number("data") ?? 0)
      redactMemory(&row, "value", count: count)
    case .registersRead, .registersWritten:
      if row.number("detail") == 2, let digest = row.number("value") {
        count(.digest)
        row["value"] = .integer(
          Int64(bitPattern: words.placeholder(UInt64(bitPattern: digest))))
      }
    case .signalInfoRead, .signalInfoWritten, .signalQueueRead, .stop, .signal, .rpc:
      redactWord(&row, "value")
    case .syscallInfo: redactWord(&row, "value")
    case .request, .eventMessage: redactWord(&row, "data")
    default: break
    }
  }

  private mutating func redactPoke(_ row: inout CopiedRow) {
    guard let request = row.number("request"), (row.number("result") ?? 0) >= 0 else { return }
    if Redactor.peeks.contains(request) || Redactor.pokes.contains(request) {
      return redactMemory(&row, "data", count: 8)
    }
    // Of PTRACE_*USER: a general register, or a debug register, which the proof needs.
    guard Redactor.userWords.contains(request) else { return }
    let offset = row.number("address") ?? 0
    if Redactor.debugRegisters.contains(offset) { return }
    if let name = Redactor.register(at: offset), Redactor.neededRegisters.contains(name) { return }
    redactWord(&row, "data")
  }

  /// The general register at an offset in struct user.
  private static func register(at offset: Int64) -> Registers.Name? {
    offset % 8 == 0 ? Registers.Name(rawValue: Int(offset / 8)) : nil
  }

  private mutating func redactMemory(_ row: inout CopiedRow, _ column: String, count: Int) {
    let word = UInt64(bitPattern: row.number(column) ?? 0)
    let address = UInt64(bitPattern: row.number("address") ?? 0)
    self.count(.memory)
    row[column] = .integer(Int64(bitPattern: words.memory(word, count: count, at: address)))
  }

  private mutating func redactWord(_ row: inout CopiedRow, _ column: String) {
    guard let number = row.number(column) else { return }
    let word = UInt64(bitPattern: number)
    if words.keeps(word) { return }
    count(.register)
    row[column] = .integer(Int64(bitPattern: words.placeholder(word)))
  }

  // MARK: Registers

  private mutating func redactRegisters(_ row: inout CopiedRow) {
    var bytes: [UInt8] = []
    for (name, word) in Redactor.registers(row) {
      var kept = word
      if !Redactor.neededRegisters.contains(name), !words.keeps(word) {
        count(.register)
        kept = words.placeholder(word)
      }
      for shift in stride(from: UInt64(56), through: 0, by: -8) {
        bytes.append(UInt8(truncatingIfNeeded: kept >> shift))
      }
    }
    row["words"] = .blob(bytes)
  }

  /// The words of a row of `register_change`, which schema/sql/meaning.sql describes.
  private static func registers(_ row: CopiedRow) -> [(name: Registers.Name, word: UInt64)] {
    guard let mask = row.number("mask"), case .blob(let bytes) = row["words"] else { return [] }
    var rest = bytes[...]
    var found: [(name: Registers.Name, word: UInt64)] = []
    for name in Registers.Name.allCases where mask >> Int64(name.rawValue) & 1 != 0 {
      guard rest.count >= 8 else { break }
      found.append((name, rest.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }))
      rest = rest.dropFirst(8)
    }
    return found
  }
}
