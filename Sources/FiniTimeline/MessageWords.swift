internal import FiniCatalogue

/// The words that messages of tracers are made of, in lower case: a task that is called by one of them, `dump` say, can't
/// be told from the word itself in a line of a log.
package enum MessageWords {
  /// All of them.
  package static let all: Set<String> = {
    var words: Set<String> = []
    for entry in Catalogue.standard.entries {
      for text in [entry.format, entry.tool] {
        for word in text.split(whereSeparator: { !$0.isASCII || !$0.isLetter }) {
          words.insert(word.lowercased())
        }
      }
    }
    return words
  }()
}
