/// What was done with a bundle, as one line of JSON; the grammar is in schema/event.md.
package struct BundleReport {
  private var object = JSONObject()

  /// It was written.
  package init(wrote path: String, isRedacted: Bool, differing: [String]) {
    object.put("bundle", path)
    object.put("redacted", isRedacted)
    object.put("differing", array: differing.map { JSONObject.quoted($0) })
  }

  /// It was unpacked.
  package init(unpacked names: [String], into folder: String) {
    object.put("folder", folder)
    object.put("files", array: names.map { JSONObject.quoted($0) })
  }

  /// Writes the line.
  package func writeJSON(to sink: inout some TextOutputStream) { sink.write(object.text + "\n") }
}
