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
    let bytes = MessagePattern.words(message)
    var best: CatalogueEntry.Match?
    for entry in entries {
      // What it can weigh at most is known before it is tried.
      if let best, best.weight >= entry.weight { continue }
      guard let found = entry.match(bytes) else { continue }
      if let best, best.weight >= found.weight { continue }
      best = found
    }
    return best
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
