/// What was done with a bundle; the grammar of the JSON is in schema/event.md.
package enum BundleReport: Report {
  /// It was written; a person is told on the way.
  case wrote(String, isRedacted: Bool, differing: [String])
  /// It was unpacked.
  case unpacked([String], into: String)

  package func write(to sink: inout some TextOutputStream, style: TextStyle) {
    guard case .unpacked(let names, let folder) = self else { return }
    for name in names { sink.write("\(folder)/\(Escaped(name))\n") }
  }

  package func writeJSON(to sink: inout some TextOutputStream) {
    var object = JSONObject()
    switch self {
    case .wrote(let path, let isRedacted, let differing):
      object.put("bundle", path)
      object.put("redacted", isRedacted)
      object.put("differing", array: differing.map { JSONObject.quoted($0) })
    case .unpacked(let names, let folder):
      object.put("folder", folder)
      object.put("files", array: names.map { JSONObject.quoted($0) })
    }
    sink.write(object.text + "\n")
  }
}
