/// Where a command makes CRIU write its log, as far as its words say.
enum LogPlace: Hashable, Sendable {
  /// This file.
  case file(String)
  /// A file of this path below one of the folders of a folder.
  case below(folder: String, path: String)

  /// The places that the words of a command name.
  ///
  /// - Parameter directory: where the command runs; relative paths begin there.
  static func named(in words: [String], directory: String) -> [LogPlace] {
    var found: [LogPlace] = []
    for (index, word) in words.enumerated() {
      let rest = Array(words[(index + 1)...])
      switch baseName(word) {
      case "criu":
        if let path = CRIUWords(rest).logFile { found.append(.file(path)) }
      case "podman": found += ContainerWords(rest).podmanPlaces
      case "runc": found += ContainerWords(rest).runcPlaces
      case "crun": found += ContainerWords(rest).crunPlaces
      case "sh", "bash", "dash":
        // sh -c 'criu ...'
        guard let flag = rest.first, flag.hasPrefix("-"), flag.hasSuffix("c"), rest.count > 1
        else { continue }
        for command in ShellText.commands(in: rest[1]) {
          found += named(in: command, directory: ".")
        }
      default: continue
      }
      // What comes after a tracer's name is its own.
      if !found.isEmpty { break }
    }
    return found.map { $0.from(directory) }
  }

  private func from(_ directory: String) -> LogPlace {
    switch self {
    case .file(let path): .file(LogPlace.path(path, in: directory))
    case .below(let folder, let path):
      .below(folder: LogPlace.path(folder, in: directory), path: path)
    }
  }

  /// A path that is taken from a folder; `.` is left out.
  static func path(_ path: String, in folder: String) -> String {
    if path.hasPrefix("/") || folder == "." || folder.isEmpty { return path }
    if path == "." { return folder }
    return folder.hasSuffix("/") ? folder + path : folder + "/" + path
  }

  private static func baseName(_ word: String) -> String {
    String(word.split(separator: "/").last ?? "")
  }
}

/// The options of a command line that have a value: `-o FILE`, `-oFILE`, `--log-file FILE`, `--log-file=FILE`.
struct OptionWords {
  private let words: [String]

  init(_ words: [String]) { self.words = words }

  /// The value of an option, the last one where it is given twice.
  func value(_ names: String...) -> String? {
    var found: String?
    for (index, word) in words.enumerated() {
      if word == "--" { break }
      for name in names {
        if word == name {
          if index + 1 < words.count { found = words[index + 1] }
        } else if name.hasPrefix("--"), word.hasPrefix(name + "=") {
          found = String(word.dropFirst(name.count + 1))
        } else if !name.hasPrefix("--"), word.hasPrefix(name), !word.hasPrefix("--") {
          found = String(word.dropFirst(name.count))
        }
      }
    }
    return found
  }
}

/// The words after `criu`.
struct CRIUWords {
  private let options: OptionWords

  init(_ words: [String]) { options = OptionWords(words) }

  /// The log; `nil` where it goes to the terminal. Its path begins in the work folder, which is that of the images
  /// where none is named.
  var logFile: String? {
    guard let name = options.value("-o", "--log-file"), !name.isEmpty, !name.hasPrefix("-") else {
      return nil
    }
    let images = options.value("-D", "--images-dir") ?? "."
    return LogPlace.path(name, in: options.value("-W", "--work-dir") ?? images)
  }
}

/// The words after the name of a container manager, which tells CRIU the log's name itself.
struct ContainerWords {
  private static let logs = ["checkpoint": "dump.log", "restore": "restore.log"]

  private let words: [String]
  private let options: OptionWords
  /// The name of the log, if it dumps or restores.
  private let log: String?

  init(_ words: [String]) {
    self.words = words
    options = OptionWords(words)
    log = words.lazy.compactMap { ContainerWords.logs[$0] }.first
  }

  /// podman has it in the folder of the container's data, of which the words name only the container.
  var podmanPlaces: [LogPlace] {
    guard let log else { return [] }
    let root = options.value("--root") ?? "/var/lib/containers/storage"
    return ["overlay", "vfs", "btrfs", "zfs"].map {
      .below(folder: "\(root)/\($0)-containers", path: "userdata/\(log)")
    }
  }

  /// runc has it in the work folder; by default that is in its state of the container.
  var runcPlaces: [LogPlace] {
    guard let log else { return [] }
    if let work = options.value("--work-path") { return [.file(LogPlace.path(log, in: work))] }
    return [.below(folder: options.value("--root") ?? "/run/runc", path: "criu.work/\(log)")]
  }

  /// crun has it in the work folder; by default that is the one of the images.
  var crunPlaces: [LogPlace] {
    guard let log else { return [] }
    let folder = options.value("--work-path") ?? options.value("--image-path") ?? "checkpoint"
    return [.file(LogPlace.path(log, in: folder))]
  }
}

/// A command of a shell, cut into words: enough to find a tracer's options in it. Nothing is expanded.
enum ShellText {
  /// The simple commands of a text, each with its words.
  static func commands(in text: String) -> [[String]] {
    var commands: [[String]] = []
    var words: [String] = []
    var word: String?
    var quote: Character?
    var isEscaped = false
    func endWord() {
      if let whole = word { words.append(whole) }
      word = nil
    }
    for character in text {
      if isEscaped {
        word = (word ?? "") + String(character)
        isEscaped = false
      } else if character == "\\", quote != "'" {
        isEscaped = true
      } else if let open = quote {
        if character == open { quote = nil } else { word = (word ?? "") + String(character) }
      } else if character == "'" || character == "\"" {
        quote = character
        word = word ?? ""
      } else if character.isWhitespace && !character.isNewline {
        endWord()
      } else if ";&|()".contains(character) || character.isNewline {
        endWord()
        if !words.isEmpty { commands.append(words) }
        words = []
      } else {
        word = (word ?? "") + String(character)
      }
    }
    endWord()
    if !words.isEmpty { commands.append(words) }
    return commands
  }
}
