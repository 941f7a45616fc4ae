/// What an earlier table says about the cells: a cell that was full then must be full now.
struct Promise: Sendable {
  /// Victims and incidents whose cells were all as they must be, under every strategy.
  private var full: Set<String> = []

  /// Reads docs/Reliability.md.
  init(_ text: String) {
    for line in text.split(separator: "\n") {
      let fields = line.split(separator: "|").map { $0.filter { $0 != " " } }
      guard fields.count == Incident.all.count + 1 else { continue }
      for (incident, field) in zip(Incident.all, fields.dropFirst()) {
        let counts = field.split(separator: "/")
        guard counts.count == 2, counts[0] == counts[1] else { continue }
        full.insert(fields[0] + " " + incident.name)
      }
    }
  }

  /// The cells of a run that are worse than in the table.
  ///
  /// A table that can't be read has no cell. A run against such a table fails.
  func broken(by lines: [Line]) -> [Line] {
    full.isEmpty
      ? lines : lines.filter { $0.failed > 0 && full.contains($0.guest + " " + $0.incident) }
  }
}
