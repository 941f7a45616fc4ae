internal import FiniModel

/// What a tracer tries with a child of its own before it touches a task: one line in place of its events.
enum ProbeWords {
  /// Consecutive events of one child.
  struct Trial {
    let events: [Event]

    /// The line for it.
    ///
    /// - Parameter offset: when the first of them began.
    func row(at offset: Int64) -> TimelineRow {
      let first = events[0]
      var row = TimelineRow(event: first.sequence, offset: first.hasOwnTime ? offset : nil)
      let last = events.map { $0.left }.max() ?? first.left
      row.duration = last - first.entered
      let calls = Counted.text(events.count { $0.isCall }, "call")
      row.tracer = "tries \(ProbeWords.what(events)) with its child \(first.tracee) (\(calls))"
      return row
    }
  }

  /// The trials among some events, by the first event of each.
  static func trials(in events: [Event], of probes: Set<TaskID>) -> [UInt32: Trial] {
    guard !probes.isEmpty else { return [:] }
    var trials: [UInt32: Trial] = [:]
    var open: [Event] = []
    func close() {
      if let first = open.first { trials[first.sequence] = Trial(events: open) }
      open = []
    }
    for event in events {
      if event.tracee != open.last?.tracee { close() }
      if probes.contains(event.tracee) { open.append(event) }
    }
    close()
    return trials
  }

  /// What is tried: what of all that a kernel may lack is asked of it.
  private static func what(_ events: [Event]) -> String {
    var words: [String] = []
    func add(_ word: String) { if !words.contains(word) { words.append(word) } }
    for event in events {
      guard case .request(let call) = event.payload else { continue }
      switch call.request {
      case .getSequenceArea: add("restartable sequences")
      case .seize, .setOptions:
        if call.data & PtraceOption.suspendSeccomp != 0 { add("the suspension of seccomp") }
      default: break
      }
      if call.debugRegisterWrite != nil { add("a hardware breakpoint") }
    }
    return words.isEmpty ? "ptrace" : words.joined(separator: ", ")
  }
}
