/// What was typed for `bundle`, as far as its words can contradict each other.
package struct BundleWords {
  private let opens: Bool
  private let hasInput: Bool
  private let isRedacted: Bool
  private let to: String?
  private let json: Bool

  /// - Parameters:
  ///   - open: the bundle that is to be opened.
  ///   - inputs: what is to be put into one.
  ///   - to: where it is written, or unpacked, to.
  package init(open: String?, inputs: [String], isRedacted: Bool, to: String?, json: Bool) {
    opens = open != nil
    hasInput = !inputs.isEmpty
    self.isRedacted = isRedacted
    self.to = to
    self.json = json
  }

  /// Where the bundle is written to.
  package var path: String { to ?? "fini-trace-bundle.tar" }

  /// The new folder that it is unpacked into.
  package var folder: String { to ?? "fini-trace-bundle" }

  /// What can be wrong, in the order in which it is looked for.
  package var mistakes: [Mistake] {
    let isToOutput = to == ExportFile.standardOutput
    return [
      (
        opens && (hasInput || !isRedacted),
        "--open takes a bundle alone, and -o for the new folder"
      ),
      (opens && isToOutput, "--open unpacks into a folder: name it with -o"),
      (
        !opens && isToOutput && json,
        "with -o - standard output has the bundle, and no JSON"
      ),
      (
        !opens && isToOutput && Terminal().isTerminal,
        "a bundle is no text for a terminal: name a file with -o"
      ),
    ]
  }
}
