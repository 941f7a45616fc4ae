internal import FiniModel
internal import FiniTimeline

/// Where the columns of a timeline are.
///
/// The narrow form has no column for signals: they come after the tracee's text. From 110 columns
/// on there is a column for them.
struct TimelineLayout {
  private let style: TextStyle
  private let idWidth: Int
  private let tracerWidth: Int
  private let traceeWidth: Int
  private let signalWidth: Int

  private static let offsetWidth = 9
  private static let durationWidth = 6

  init(_ outline: RunOutline, style: TextStyle) {
    self.style = style
    idWidth = max(4, "\(outline.last)".count)
    let isWide = style.width >= 110
    tracerWidth = style.width >= 100 ? 24 : 16
    signalWidth = isWide ? style.width / 4 : 0
    let fixed =
      idWidth + 1 + TimelineLayout.offsetWidth + 1 + TimelineLayout.durationWidth + 2
    let rest = style.width - fixed - tracerWidth - 4
    traceeWidth = max(16, isWide ? rest - signalWidth - 2 : rest)
  }

  func columnNames(_ outline: RunOutline) -> String {
    let tracer = outline.tracer.map { "tracer \($0)" } ?? "tracer"
    let tracee = outline.subject.map { "tracee \($0)" } ?? "tracee"
    return Columns.trimmed(
      start(id: "id", mark: " ", offset: "at ms", duration: "us")
        + Columns.left(tracer, tracerWidth) + "    "
        + (signalWidth > 0 ? Columns.left(tracee, traceeWidth) + "  signals" : tracee))
  }

  func lines(for row: TimelineRow) -> [String] {
    let mark = row.isTrouble ? "!" : row.isProof ? "*" : " "
    let offset = row.offset.map {
      ($0 < 0 ? "" : "+") + Duration.milliseconds($0, decimals: 3)
    }
    let start = start(
      id: "\(row.event)", mark: mark,
      offset: offset ?? "",
      duration: row.duration.map { Duration.microseconds($0) } ?? "")
    let indent = Columns.spaces(start.count)
    let isAlone = row.arrow == .none && row.tracee.isEmpty && row.signals.isEmpty
    var lines: [String]
    if isAlone {
      let space = style.width - start.count
      lines = Columns.wrap([row.tracer], width: space).enumerated().map { index, text in
        (index == 0 ? start : indent) + text
      }
      if lines.isEmpty { lines = [start] }
    } else {
      lines = lanes(for: row, start: start, indent: indent)
    }
    return lines.map { paint(Columns.trimmed($0), row) }
  }

  private func lanes(for row: TimelineRow, start: String, indent: String) -> [String] {
    let arrow =
      switch row.arrow {
      case .none: "  "
      case .toTracee: style.right
      case .toTracer: style.left
      }
    let pieces = signalWidth > 0 ? row.tracee : row.tracee + row.signals
    let tracee = Columns.wrap(pieces, width: traceeWidth)
    let signals = signalWidth > 0 ? Columns.wrap(row.signals, width: signalWidth) : []
    var lines: [String] = []
    var tracer = Columns.left(row.tracer, tracerWidth) + " \(arrow) "
    var left = start
    if row.tracer.count > tracerWidth {
      // The column is too narrow for the words: they get a line, and the tracee's side the next
      // one.
      lines.append(start + row.tracer)
      tracer = Columns.spaces(tracerWidth) + " \(arrow) "
      left = indent
    }
    for index in 0..<max(1, tracee.count, signals.count) {
      let words = index < tracee.count ? tracee[index] : ""
      let side = index < signals.count ? "  " + signals[index] : ""
      let head = index == 0 ? left + tracer : indent + Columns.spaces(tracerWidth + 4)
      lines.append(head + (side.isEmpty ? words : Columns.left(words, traceeWidth) + side))
    }
    return lines
  }

  private func start(id: String, mark: String, offset: String, duration: String) -> String {
    Columns.right(id, idWidth) + mark + Columns.right(offset, TimelineLayout.offsetWidth) + " "
      + Columns.right(duration, TimelineLayout.durationWidth) + "  "
  }

  private func paint(_ line: String, _ row: TimelineRow) -> String {
    if row.isTrouble { return style.paint(line, .bad) }
    return row.isProof ? style.paint(line, .good) : line
  }
}
