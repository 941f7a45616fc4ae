package import FiniModel

/// What came of a repair; the grammar of the JSON is in schema/event.md.
///
/// What could not be put back is for standard error, and not in the text.
package struct RepairedReport: Report {
  private let mended: Mended

  package init(_ mended: Mended) { self.mended = mended }

  package func write(to sink: inout some TextOutputStream, style: TextStyle) {
    for line in mended.done { sink.write(line + "\n") }
    if mended.outcome == .clean { sink.write("\(mended.task): nothing to repair\n") }
  }

  package func writeJSON(to sink: inout some TextOutputStream) {
    var object = JSONObject()
    object.put("task", mended.task.rawValue)
    object.put("result", mended.outcome.rawValue)
    object.put("done", array: mended.done.map { JSONObject.quoted($0) })
    object.put("failed", array: mended.failed.map { JSONObject.quoted($0) })
    sink.write(object.text + "\n")
  }
}
