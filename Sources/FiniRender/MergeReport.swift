package import FiniModel

/// What was copied from other recordings; the grammar of the JSON is in schema/event.md.
package struct MergeReport: Report {
  private let runs: [MergedRun]

  package init(_ runs: [MergedRun]) { self.runs = runs }

  /// A line for each recording.
  package func write(to sink: inout some TextOutputStream, style: TextStyle) {
    var rest = runs[...]
    while let first = rest.first {
      let ofFile = rest.prefix { $0.file == first.file }
      rest = rest.dropFirst(ofFile.count)
      var copied: [Int64] = []
      var (there, leftOut) = (0, 0)
      for run in ofFile {
        switch run.fate {
        case .copied(let number): copied.append(number)
        case .there: there += 1
        case .leftOut: leftOut += 1
        }
      }
      var words: [String] = []
      if let first = copied.first, let last = copied.last {
        let numbers = first == last ? "\(first)" : "\(first) to \(last)"
        words.append("\(Counted.text(copied.count, "run")) copied, now \(numbers)")
      }
      if there > 0 { words.append("\(Counted.text(there, "run")) there already") }
      if leftOut > 0 {
        words.append("\(Counted.text(leftOut, "run")) left out, still being recorded")
      }
      sink.write("\(Escaped(first.file)): \(words.joined(separator: "; "))\n")
    }
  }

  package func writeJSON(to sink: inout some TextOutputStream) {
    for run in runs {
      var object = JSONObject()
      object.put("file", run.file)
      object.put("run", run.run)
      object.put("uuid", run.uuid)
      switch run.fate {
      case .copied(let number):
        object.put("fate", "copied")
        object.put("now", number)
      case .there(let number):
        object.put("fate", "there")
        object.put("now", number)
      case .leftOut: object.put("fate", "left-out")
      }
      sink.write(object.text + "\n")
    }
  }
}
