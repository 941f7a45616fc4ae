/// What a word of a line says of the one after it.
enum WordRole: Equatable {
  /// What comes is a secret: `--token`, `password:`, `Bearer`.
  case secret
  /// What comes is the value of an option.
  case option
  /// After `=` comes the value of a variable of the environment.
  case variable
  /// After `=` comes a value of this kind.
  case field(Redactor.Kind)
  /// After `=` comes the name of a task, with blanks in it or without.
  case taskName
  /// After `=` comes a command line, up to the end of the line.
  case commandLine
  /// After `=` a quoted text is a message: it is looked through word by word.
  case message
  /// It says nothing.
  case none

  /// The role of a word.
  init(of bytes: ArraySlice<UInt8>) {
    let bare = bytes.drop { $0 == UInt8(ascii: "-") }
    let text = String(decoding: bare, as: UTF8.self)
    let lower = text.lowercased()
    if WordRole.isSecret(lower) {
      self = .secret
    } else if WordRole.isOption(bytes, bare) {
      self = .option
    } else if let known = WordRole.fields[lower] {
      self = known
    } else if WordRole.isVariable(bytes) {
      self = .variable
    } else {
      self = .none
    }
  }

  /// Whether the value is the next word even without `=` or `:` after it.
  static func isAlone(_ bytes: ArraySlice<UInt8>) -> Bool {
    if bytes.first == UInt8(ascii: "-") { return true }
    return bytes.count == bearer.utf8.count
      && String(decoding: bytes, as: UTF8.self).lowercased() == bearer
  }

  /// A number, also with a point, a range, or a list of them; also `0x...`, which is looked at as a word of registers.
  static func isNumber(_ bytes: ArraySlice<UInt8>) -> Bool {
    if bytes.starts(with: "0x".utf8) { return bytes.dropFirst(2).allSatisfy(\.isHexDigit) }
    return bytes.allSatisfy { $0.isDigit || ".:,-".utf8.contains($0) }
  }

  private static let bearer = "bearer"
  /// The ways of authentication, of which the secret is the word after: `Authorization: Basic X`.
  static let schemes: Set<String> = [bearer, "basic", "digest", "negotiate", "token"]

  /// What a secret is called, alone or as a part of a longer name: `DB_PASSWORD`, `--access-token`.
  private static let secretParts: Set<Substring> = [
    "apikey", "auth", "authfile", "authorization", "bearer", "cookie", "credential", "credentials",
    "creds",
    "passphrase", "passwd", "password", "secret", "token",
  ]
  /// The same of two parts.
  private static let secretPairs: Set<String> = [
    "access_key", "api_key", "encryption_key", "private_key", "secret_key", "signing_key",
  ]
  private static let shortestSecret = 4

  private static func isSecret(_ lower: String) -> Bool {
    guard lower.utf8.count >= shortestSecret else { return false }
    // Of auth.c it is no part; of spring.datasource.password it is the last one.
    let name = lower.split(separator: ".").last ?? ""
    let parts = name.split { $0 == "-" || $0 == "_" }
    if parts.contains(where: { secretParts.contains($0) }) { return true }
    return zip(parts, parts.dropFirst()).contains { secretPairs.contains("\($0)_\($1)") }
  }

  /// `--name`, `-n`; not `-1`, and not the letters of a mode.
  private static func isOption(_ bytes: ArraySlice<UInt8>, _ bare: ArraySlice<UInt8>) -> Bool {
    guard let first = bare.first, first.isLetter else { return false }
    switch bytes.count - bare.count {
    case 1: return bare.count == 1
    case 2:
      return bare.allSatisfy { $0.isWord || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") }
    default: return false
    }
  }

  private static func isVariable(_ bytes: ArraySlice<UInt8>) -> Bool {
    guard bytes.count > 2, let first = bytes.first, first.isLetter else { return false }
    return bytes.allSatisfy {
      (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) || $0.isDigit || $0 == UInt8(ascii: "_")
    }
  }

  /// Fields of the kernel's events, of the audit log, and of the logs of container managers.
  private static let fields: [String: WordRole] = {
    var fields: [String: WordRole] = [:]
    for name in [
      "comm", "prev_comm", "next_comm", "child_comm", "parent_comm", "oldcomm", "newcomm",
    ] { fields[name] = .taskName }
    for name in ["command", "cmd", "cmdline", "command_line", "args", "argv", "proctitle"] {
      fields[name] = .commandLine
    }
    for name in ["user", "username", "acct", "login", "email"] { fields[name] = .field(.user) }
    for name in ["host", "hostname", "node", "nodename", "machine"] { fields[name] = .field(.host) }
    for name in ["container", "pod", "name", "image", "unit", "namespace"] {
      fields[name] = .field(.string)
    }
    for name in ["msg", "message", "error", "err", "reason", "warning", "time", "level", "ts"] {
      fields[name] = .message
    }
    return fields
  }()
}
