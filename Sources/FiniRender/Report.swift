/// What can be written for a person and for a program.
package protocol Report {
  /// Writes it for a person.
  func write(to sink: inout some TextOutputStream, style: TextStyle)
  /// Writes it as JSON; the grammar is in schema/event.md.
  func writeJSON(to sink: inout some TextOutputStream)
}

extension CheckReport: Report {}
extension ExplainReport: Report {}
extension RunList: Report {}
extension TreeReport: Report {}
