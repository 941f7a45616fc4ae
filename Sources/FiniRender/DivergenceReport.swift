internal import FiniModel
package import FiniTimeline

/// The first difference between two runs, in words.
package struct DivergenceReport {
  private let divergence: Divergence?
  private let addresses: (AddressBook, AddressBook)
  private let names: [String]

  /// - Parameter names: what either run is called.
  package init(_ parting: ComparedRuns.Parting, names: [String]) {
    precondition(names.count == 2, "two runs part")
    divergence = parting.divergence
    addresses = parting.addresses
    self.names = names
  }

  /// Writes it as text.
  package func write(to sink: inout some TextOutputStream, style: TextStyle = TextStyle()) {
    guard let divergence else {
      sink.write("the same steps in every phase\n")
      return
    }
    let steps = divergence.common == 1 ? "step" : "steps"
    let head =
      "they part in \(divergence.phase.name), after \(divergence.common) common \(steps):"
    for line in Columns.wrap([head], width: style.width) { sink.write(line + "\n") }
    for (label, words) in [(names[0], words.0), (names[1], words.1)] {
      for (index, line) in Columns.wrap(["\(label): \(words)"], width: style.width - 4).enumerated()
      {
        sink.write((index == 0 ? "  " : "    ") + line + "\n")
      }
    }
  }

  /// Writes it as one JSON object; the grammar is in schema/event.md.
  package func writeJSON(to sink: inout some TextOutputStream) {
    var object = JSONObject()
    guard let divergence else {
      object.putNull("divergence")
      sink.write(object.text + "\n")
      return
    }
    var found = JSONObject()
    found.put("phase", divergence.phase.name)
    found.put("common", divergence.common)
    found.put(
      "events",
      array: [divergence.first, divergence.second].map { $0.map { "\($0.sequence)" } ?? "null" })
    found.put("says", array: [words.0, words.1].map { JSONObject.quoted($0) })
    object.put("divergence", object: found)
    sink.write(object.text + "\n")
  }

  private var words: (String, String) {
    (
      words(divergence?.first, divergence?.firstNext, addresses.0),
      words(divergence?.second, divergence?.secondNext, addresses.1)
    )
  }

  private func words(
    _ event: Event?, _ next: Divergence.Next?, _ addresses: AddressBook
  ) -> String {
    if let event { return words(event, addresses) }
    guard let next else { return "nothing more there" }
    return "nothing more there; next in \(next.phase.name): \(words(next.event, addresses))"
  }

  private func words(_ event: Event, _ addresses: AddressBook) -> String {
    var row = TimelineRow(event: event.sequence, offset: 0)
    switch event.payload {
    case .request(let call):
      return "event \(event.sequence), " + RequestWords { addresses.name($0) }.words(for: call)
    case .stop(let stop):
      return "event \(event.sequence), stop: \(stop.stopClass.name)" + signal(of: stop)
    default:
      OtherWords(addresses: addresses, isLetGo: true).describe(event, in: &row)
      return "event \(event.sequence), "
        + ([row.tracer] + row.tracee).filter { !$0.isEmpty }.joined(separator: " ")
    }
  }

  private func signal(of stop: StopRecord) -> String {
    guard stop.stopClass == .signalDelivery || stop.stopClass == .groupStop else { return "" }
    return stop.signal.map { " of \($0)" } ?? ""
  }
}
