package import FiniStore

/// What a flight recorder is asked for.
package struct FlightOptions: Sendable {
  /// The file.
  let path: String
  /// The names of the tracers that are recorded; all, if there is none.
  let tracers: [String]
  /// How much stays; all, if it is `nil`.
  let keeping: Keeping?
  /// After how many seconds without a call and without a tracee a session is over.
  let quiet: Double
  /// How many sessions are recorded at once.
  let mostOpen: Int
  /// Bytes of the ring of the BPF program.
  let ringSize: UInt32?

  /// Makes them of what was typed.
  package init(
    path: String, tracers: [String] = [], keeping: Keeping? = nil, quiet: Double = 5,
    mostOpen: Int = 1024, ringSize: UInt32? = nil
  ) {
    self.path = path
    self.tracers = tracers
    self.keeping = keeping
    self.quiet = quiet
    self.mostOpen = mostOpen
    self.ringSize = ringSize
  }

  /// Whether a tracer is recorded, by the name of its process; the kernel keeps 15 bytes of it.
  func wants(_ name: String) -> Bool {
    tracers.isEmpty || tracers.contains { Array($0.utf8.prefix(15)) == Array(name.utf8.prefix(15)) }
  }
}

extension Keeping {
  /// The least size that can be asked for: what is recorded within a second is to be small beside it.
  package static let leastBytes: Int64 = 16 << 20

  /// Reads `2GiB`, `30d`, or both with a comma between.
  package init?(words: String) {
    self.init()
    for word in words.split(separator: ",", omittingEmptySubsequences: false) {
      let digits = word.prefix { $0.isASCII && $0.isNumber }
      guard let number = Int64(digits), number > 0 else { return nil }
      let unit = word.dropFirst(digits.count)
      if let shift = Keeping.sizes[String(unit)], bytes == nil {
        let (size, isTooMuch) = number.multipliedReportingOverflow(by: 1 << shift)
        guard !isTooMuch else { return nil }
        bytes = size
      } else if let seconds = Keeping.times[String(unit)], age == nil {
        let (time, isTooMuch) = number.multipliedReportingOverflow(by: seconds * 1_000_000_000)
        guard !isTooMuch else { return nil }
        age = time
      } else {
        return nil
      }
    }
  }

  private static let sizes: [String: Int64] = ["KiB": 10, "MiB": 20, "GiB": 30, "TiB": 40]
  private static let times: [String: Int64] = ["s": 1, "min": 60, "h": 3600, "d": 86_400]
}
