/// A report as it stands in the text of an issue.
package enum IssueText {
  private static let style = TextStyle(width: 100, usesUnicode: false, usesColor: false)

  /// The report for a person, in plain ASCII.
  package static func of(_ report: some Report) -> String {
    var text = ""
    report.write(to: &text, style: style)
    return text
  }
}
