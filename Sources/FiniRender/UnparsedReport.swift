package import FiniModel

/// The lines of an import that were not understood.
package struct UnparsedReport: Report {
  private let lines: [UnparsedLine]
  private let run: Int64

  /// Makes a report on the lines of a run.
  package init(_ lines: [UnparsedLine], of run: Int64) {
    self.lines = lines
    self.run = run
  }

  package func write(to sink: inout some TextOutputStream, style: TextStyle) {
    for line in lines {
      sink.write("\(Escaped(line.input)):\(line.line): \(Escaped(line.text))\n")
    }
  }

  package func writeJSON(to sink: inout some TextOutputStream) {
    for line in lines {
      var object = JSONObject()
      object.put("run", run)
      object.put("event", line.event)
      object.put("input", line.input)
      object.put("line", line.line)
      object.put("text", line.text)
      sink.write(object.text + "\n")
    }
  }
}
