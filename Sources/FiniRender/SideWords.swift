internal import FiniModel
internal import FiniTimeline

/// What a tracer does beside its work on a task: it tries what the kernel can do with a child that it kills, and it waits for
/// children that it does not trace. One line each, in place of their events.
struct SideWords {
  private let outline: RunOutline

  init(_ outline: RunOutline) { self.outline = outline }

  /// Consecutive events that are told in one line.
  struct Group {
    let events: [Event]
    fileprivate let words: String

    /// The line for it.
    ///
    /// - Parameter offset: when the first of them began.
    func row(at offset: Int64) -> TimelineRow {
      let first = events[0]
      var row = TimelineRow(event: first.sequence, offset: first.hasOwnTime ? offset : nil)
      row.duration = (events.map { $0.left }.max() ?? first.left) - first.entered
      row.tracer = "\(words) (\(Counted.text(events.count, "event")))"
      return row
    }
  }

  /// The groups among some events, by the first event of each.
  func groups(in events: [Event]) -> [UInt32: Group] {
    guard !outline.tracees.isEmpty else { return [:] }
    var groups: [UInt32: Group] = [:]
    var open: [Event] = []
    var side: Side?
    func close() {
      if let first = open.first, open.count > 1, let words = side.flatMap({ words($0, open) }) {
        groups[first.sequence] = Group(events: open, words: words)
      }
      open = []
    }
    for event in events {
      let next = self.side(of: event)
      if next != side { close() }
      side = next
      if next != nil { open.append(event) }
    }
    close()
    return groups
  }

  private enum Side: Equatable {
    /// A child that is traced, and does not come to fini.
    case tried(TaskID)
    /// Children that are not traced.
    case waitedFor
  }

  private func side(of event: Event) -> Side? {
    var task = event.tracee
    if case .signal(let record) = event.payload, record.info.signal == .child,
      let sender = record.info.sender
    {
      task = sender
    }
    if case .wait(let call) = event.payload, call.error == .noChild, task != outline.subject {
      return .waitedFor
    }
    guard task.rawValue > 0, task != outline.subject, task != outline.tracer else { return nil }
    guard let known = outline.tracees[task] else {
      switch event.payload {
      case .wait, .ended, .signal, .stop: return .waitedFor
      default: return nil
      }
    }
    return known.hasFini ? nil : .tried(task)
  }

  private func words(_ side: Side, _ events: [Event]) -> String? {
    let ends = events.compactMap { event -> Ending? in
      if case .ended(let ending) = event.payload { ending } else { nil }
    }
    switch side {
    case .waitedFor:
      if ends.isEmpty { return nil }
      var counts: [(words: String, count: Int)] = []
      for ending in ends {
        let words = SideWords.words(for: ending)
        if let place = counts.firstIndex(where: { $0.words == words }) {
          counts[place].count += 1
        } else {
          counts.append((words, 1))
        }
      }
      return "children that it does not trace: "
        + counts.map { "\($0.count) \($0.words)" }.joined(separator: ", ")
    case .tried(let task):
      // One that it lets live is no child to try something with.
      guard events.contains(where: SideWords.tellsOfKill) else { return nil }
      return "tries \(SideWords.tried(events)) with child \(task), and kills it"
    }
  }

  /// Whether an event tells that its task, or a child, was killed: a wait without a place for its status does not.
  private static func tellsOfKill(_ event: Event) -> Bool {
    switch event.payload {
    case .ended(.killed(.kill, _)): true
    case .signal(let record): record.info.signal == .child && record.info.code == .childKilled
    default: false
    }
  }

  private static func words(for ending: Ending) -> String {
    switch ending {
    case .exited(let code): "exited with \(code)"
    case .killed(let signal, _): "killed by \(signal)"
    }
  }

  /// What is tried: what of all that a kernel may lack is asked of it.
  private static func tried(_ events: [Event]) -> String {
    var words: [String] = []
    func add(_ word: String) { if !words.contains(word) { words.append(word) } }
    for event in events {
      guard case .request(let call) = event.payload else { continue }
      switch call.request {
      case .getSequenceArea: add("restartable sequences")
      case .getRegisterSet: add("register sets")
      case .seize, .setOptions:
        if call.data & PtraceOption.suspendSeccomp != 0 { add("the suspension of seccomp") }
      default: break
      }
      if call.debugRegisterWrite != nil { add("a hardware breakpoint") }
    }
    return words.isEmpty ? "ptrace" : words.joined(separator: ", ")
  }
}
