package import FiniModel
package import FiniTimeline

/// A run of a tree, for a person and for programs.
package struct TreeReport: Sendable {
  /// How much is reported to a person.
  package enum Form: Hashable, Sendable {
    /// The outcomes of the tasks, with a line for each task that went wrong.
    case summary
    /// Whether all stops landed.
    case answer
    /// One line per task.
    case table
  }

  private let tree: TreeReading
  private let header: RunHeader
  private let form: Form
  private let kernelMade: [TaskIdentity]?
  private let leftAlone: String?

  /// Makes a report.
  ///
  /// - Parameters:
  ///   - kernelMade: the workers of the kernel, which get no turn; `nil` if that isn't known.
  ///   - leftAlone: the tasks that can't be cured, as a line below the summary.
  package init(
    _ tree: TreeReading, header: RunHeader, as form: Form = .summary,
    kernelMade: [TaskIdentity]? = nil, leftAlone: String? = nil
  ) {
    self.form = form
    self.leftAlone = leftAlone
    self.tree = tree
    self.header = header
    self.kernelMade = kernelMade
  }

  private var words: TreeWords { TreeWords(tree: tree, header: header) }

  /// Writes it for a person, in its form.
  package func write(to sink: inout some TextOutputStream, style: TextStyle = TextStyle()) {
    switch form {
    case .summary:
      writeSummary(to: &sink, style: style)
      if let leftAlone { sink.write("\(Escaped(leftAlone))\n") }
    case .answer: writeCheck(to: &sink, style: style)
    case .table: writeTable(to: &sink, style: style)
    }
  }

  /// Writes the outcomes of the tasks, and lines only for those that went wrong.
  package func writeSummary(to sink: inout some TextOutputStream, style: TextStyle = TextStyle()) {
    words.head([], style, to: &sink)
    var pieces = [tree.sentence]
    if let frozen = words.frozen { pieces.append(frozen) }
    for piece in pieces {
      for line in Columns.wrap([piece], width: style.width) { sink.write(line + "\n") }
    }
    sink.write(style.paint(words.answer, words.ink) + "\n")
    words.troubles(limit: 10, style, to: &sink)
  }

  /// Writes the answer to "did all stops land?", and names the tasks whose stop did not.
  package func writeCheck(to sink: inout some TextOutputStream, style: TextStyle = TextStyle()) {
    words.head([], style, to: &sink)
    sink.write(style.paint(words.answer, words.ink) + "\n")
    for line in Columns.wrap([tree.sentence], width: style.width - 2) {
      sink.write("  \(line)\n")
    }
    words.troubles(limit: .max, style, to: &sink)
  }

  /// Writes one line per task.
  package func writeTable(to sink: inout some TextOutputStream, style: TextStyle = TextStyle()) {
    words.head([tree.sentence] + [words.frozen].compactMap { $0 }, style, to: &sink)
    var table = TextTable(
      header: ["task", "pid", "verdict", "frozen ms", "calls", "stops", "signals", "process"],
      alignments: [.right, .right, .left, .right, .right, .right, .right])
    for task in tree.tasks {
      let wasTouched = task.events != nil
      table.add([
        "\(task.identity.task)", "\(task.process)", task.word,
        task.costs.frozen.map { Duration.milliseconds($0, decimals: 2) } ?? "-",
        wasTouched ? "\(task.costs.calls)" : "-", wasTouched ? "\(task.costs.stops)" : "-",
        wasTouched ? "\(task.costs.signals)" : "-", name(of: task),
      ])
    }
    table.write(to: &sink, style: style)
    sink.write(String(repeating: style.rule, count: style.width) + "\n")
    sink.write(style.paint(words.answer, words.ink) + "\n")
    words.troubles(limit: .max, style, to: &sink)
    if let task = tree.slowest?.identity.task {
      sink.write("fini-trace show \(header.number) --task \(task) shows one task's timeline\n")
    }
  }

  /// The process's name, and the thread's if it has another one.
  private func name(of task: TaskReading) -> String {
    let own = task.identity.name
    if task.processName.isEmpty || task.processName == own { return own }
    return "\(task.processName): \(own)"
  }

  /// Writes one object for the tree and one for each task; the grammar is in schema/event.md.
  package func writeJSON(to sink: inout some TextOutputStream) {
    var object = JSONObject()
    object.put("run", header.number)
    object.put("pid", header.pid.rawValue)
    object.put("comm", header.comm)
    object.put("tasks", tree.tasks.count)
    object.put("cured_processes", tree.curedProcesses)
    for outcome in CureOutcome.allCases {
      object.put(outcome.name.replacingHyphens, tree.count(outcome))
    }
    object.put("unfinished", tree.count(nil))
    object.put("verdict", tree.verdict.name)
    TreeReport.put(tree.landed, to: &object)
    object.put("frozen_median_ns", tree.medianFrozen)
    object.put("frozen_max_ns", tree.slowest?.costs.frozen)
    object.put("slowest", tree.slowest?.identity.task.rawValue)
    if let kernelMade {
      object.put("kernel_made", array: kernelMade.map { TreeReport.text(for: $0) })
    }
    sink.write(object.text + "\n")
    for task in tree.tasks { sink.write(text(for: task) + "\n") }
  }

  private static func text(for worker: TaskIdentity) -> String {
    var object = JSONObject()
    object.put("task", worker.task.rawValue)
    object.put("process", (worker.group ?? worker.task).rawValue)
    object.put("comm", worker.name)
    return object.text
  }

  private func text(for task: TaskReading) -> String {
    var object = JSONObject()
    object.put("run", header.number)
    object.put("task", task.identity.task.rawValue)
    object.put("process", task.process.rawValue)
    object.put("comm", task.identity.name)
    object.put("process_comm", task.processName)
    object.put("outcome", task.outcome?.name ?? "unfinished")
    object.put("verdict", task.judgement?.verdict.name)
    switch task.answer {
    case .yes: object.put("landed", true)
    case .no: object.put("landed", false)
    case .unknown, .notAsked: object.putNull("landed")
    }
    object.put("strategy_taken", task.strategyTaken?.name)
    object.put("reason", task.reason.isEmpty ? nil : task.reason)
    object.put("summary", task.judgement?.summary)
    object.put("first_event", task.events?.lowerBound)
    object.put("last_event", task.events?.upperBound)
    if let judgement = task.judgement {
      object.put("evidence", array: judgement.evidence.map { CheckReport.text(for: $0) })
      object.put("findings", array: judgement.findings.map { CheckReport.text(for: $0) })
      object.put("costs", object: CheckReport.object(for: task.costs))
    }
    return object.text
  }

  private static func put(_ landed: Bool?, to object: inout JSONObject) {
    if let landed {
      object.put("landed", landed)
    } else {
      object.putNull("landed")
    }
  }
}

extension String {
  fileprivate var replacingHyphens: String {
    String(map { $0 == "-" ? "_" : $0 })
  }
}
