internal import FiniMessages

/// The messages that tracers and the programs that start them write when something fails, and what each means.
///
/// They are data, in the files of `catalogue/messages`; docs/Causes.md lists them. Each is a message of a program that
/// exists: CatalogueTests compare the texts with the words that a real criu carries.
package struct Catalogue: Sendable {
  /// What is wrong with a file of entries.
  package struct Fault: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file's name.
    package var file: String
    /// The line, from 1.
    package var line: Int
    /// What is wrong.
    package var reason: String

    package var description: String { "\(file):\(line): \(reason)" }
  }

  /// The entries, in order: of several that fit equally well the first counts.
  package let entries: [CatalogueEntry]

  /// A catalogue of some entries.
  package init(_ entries: [CatalogueEntry]) { self.entries = entries }

  /// Reads the texts of files.
  ///
  /// - Throws: ``Fault``.
  package init(reading files: [(name: String, text: String)]) throws(Fault) {
    var entries: [CatalogueEntry] = []
    for file in files {
      var reader = CatalogueReader(file: file.name)
      entries += try reader.read(file.text)
    }
    self.entries = entries
  }

  /// The entry that says most of a message: the one of which most of the text is in it.
  ///
  /// - Parameter message: a line without time, level and place.
  package func match(_ message: String) -> CatalogueEntry.Match? {
    var bytes = MessagePattern.words(message)
    // `sk unix: ` is what `unix: ` was called.
    if bytes.starts(with: "sk unix: ".utf8) { bytes.removeFirst(3) }
    var best: CatalogueEntry.Match?
    for entry in entries {
      // What it can weigh at most is known before it is tried.
      if let best, best.weight >= entry.weight { continue }
      guard let found = entry.match(bytes) else { continue }
      if let best, best.weight >= found.weight { continue }
      best = found
    }
    guard let best else { return matchOfBeginning(bytes) }
    return reason(in: best) ?? best
  }

  /// The error that a message passes on at its end, where that is known as a cause of its own: `docker: ... : runc ...: no criu`.
  private func reason(in match: CatalogueEntry.Match) -> CatalogueEntry.Match? {
    guard match.entry.kind == .consequence, match.entry.pattern.endsWithText,
      let rest = match.captures.last, let inner = self.match(rest), inner.entry.kind == .error
    else { return nil }
    return inner
  }

  /// The entry of which the message is only the beginning: a line that was cut where a buffer or a report ended.
  private func matchOfBeginning(_ message: [UInt8]) -> CatalogueEntry.Match? {
    // The parasite marks by it where its buffer ended.
    let bytes = message.last == UInt8(ascii: ">") ? Array(message.dropLast()) : message
    return entries.lazy.compactMap { $0.match(beginning: bytes) }.first
  }

  /// The catalogue of this program. Its files are part of the program: a fault in them is the author's, which
  /// CatalogueTests find.
  package static let standard: Catalogue = {
    do {
      return try Catalogue(reading: CatalogueMessages.files)
    } catch {
      preconditionFailure("\(error)")
    }
  }()
}

extension CatalogueEntry {
  /// How much it says at most: its own words, and then its conditions.
  fileprivate var weight: Int { weight(of: pattern.literalCount) }

  fileprivate func weight(of ownBytes: Int) -> Int { ownBytes * 8 + min(conditions.count, 7) }
}

extension CatalogueEntry.Match {
  /// How much of the message it explains.
  fileprivate var weight: Int { entry.weight(of: ownBytes) }
}
