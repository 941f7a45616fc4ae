internal import FiniModel
internal import FiniTimeline

/// The verdict as a short headline.
enum VerdictWords {
  static func text(_ judgement: Judgement) -> String {
    switch (judgement.verdict, judgement.caught) {
    case (.landed, .breakpoint): "LANDED before rt_sigreturn"
    case (.landed, .breakpointAfter): "LANDED after rt_sigreturn"
    case (.landed, .syscall): "LANDED at rt_sigreturn"
    case (.landed, .direct): "LANDED without rt_sigreturn"
    default: text(judgement.verdict)
    }
  }

  static func text(_ verdict: Verdict) -> String {
    switch verdict {
    case .landed: "LANDED"
    case .intervened: "INTERVENED"
    case .missed: "MISSED"
    case .lost: "LOST"
    case .unfinished: "UNFINISHED"
    case .undetermined: "UNDETERMINED"
    case .neverReached: "NEVER REACHED"
    }
  }

  static func ink(_ verdict: Verdict) -> TextStyle.Ink {
    switch verdict {
    case .landed: .good
    case .intervened, .missed, .lost: .bad
    case .unfinished, .undetermined, .neverReached: .doubt
    }
  }
}

/// A number with its noun.
enum Counted {
  static func text(_ count: Int, _ noun: String) -> String {
    count == 1 ? "1 \(noun)" : "\(count) \(noun)s"
  }
}

/// A finding as indented lines.
enum FindingText {
  static func write(
    _ finding: Finding, _ style: TextStyle, to sink: inout some TextOutputStream
  ) {
    let mark = finding.kind.isFailure ? "! " : "- "
    let text = "\(finding.sentence) (\(finding.event))"
    for (index, line) in Columns.wrap([text], width: style.width - 2).enumerated() {
      let whole = (index == 0 ? mark : "  ") + line
      sink.write((finding.kind.isFailure ? style.paint(whole, .bad) : whole) + "\n")
    }
  }
}
