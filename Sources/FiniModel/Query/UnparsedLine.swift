/// A line of an import that was not understood.
package struct UnparsedLine: Hashable, Sendable {
  /// The event that stands for it.
  package var event: UInt32
  /// The input that it stands in, as it was named.
  package var input: String
  /// Its number there, from 1.
  package var line: UInt32
  /// Its text, raw: escape it before you print it.
  package var text: String

  package init(event: UInt32, input: String, line: UInt32, text: String) {
    self.event = event
    self.input = input
    self.line = line
    self.text = text
  }
}
