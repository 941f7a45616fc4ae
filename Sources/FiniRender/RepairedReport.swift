package import FiniModel

/// What came of a repair, as one line of JSON; the grammar is in schema/event.md.
package struct RepairedReport {
  private let task: TaskID
  private let result: String
  private let done: [String]
  private let failed: [String]

  /// - Parameters:
  ///   - result: clean, repaired or failed.
  ///   - done: what was put back, in sentences.
  ///   - failed: what could not be, in sentences.
  package init(of task: TaskID, result: String, done: [String], failed: [String]) {
    self.task = task
    self.result = result
    self.done = done
    self.failed = failed
  }

  /// Writes the line.
  package func writeJSON(to sink: inout some TextOutputStream) {
    var object = JSONObject()
    object.put("task", task.rawValue)
    object.put("result", result)
    object.put("done", array: done.map { JSONObject.quoted($0) })
    object.put("failed", array: failed.map { JSONObject.quoted($0) })
    sink.write(object.text + "\n")
  }
}
