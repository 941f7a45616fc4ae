internal import FiniModel
internal import FiniProcfs
package import FiniStore

/// Where a run is recorded, and what stands for that in runs of the time before it was written.
extension RunOrigin {
  /// Of a run that this machine records.
  package static func here() -> RunOrigin {
    RunOrigin(
      uuid: random(),
      machine: digest("machine", identifier("/etc/machine-id")),
      boot: digest("boot", identifier("/proc/sys/kernel/random/boot_id")))
  }

  /// Of a run that another machine may have recorded.
  package static func elsewhere() -> RunOrigin { RunOrigin(uuid: random()) }

  /// Of a run that has none: made of what tells it from others, so it is the same at each time (FleetTests).
  package init(derivedFrom run: RunSummary) {
    let tasks = [run.tracer, run.tracee].map { "\($0.task) \($0.startTicks.map { "\($0)" } ?? "")" }
    // Of an import without times the command line, which names its logs, and the count of events are all there is.
    let words = [
      "\(run.startedRealtime)", "\(run.started.rawValue)", run.host, "\(run.eventCount)",
      run.commandLine,
    ]
    let text = "fini-trace run\n" + (tasks + words).joined(separator: "\n")
    self.init(uuid: RunOrigin.uuid(SHA256.digest(of: Array(text.utf8)), version: "8"))
  }

  /// A part of the SHA-256 that identifies a machine to us and to nobody else, as machine-id(5) asks for: it can't be
  /// traced back, and is another one than that of other programs. 128 bits, as the identifier has.
  static func digest(_ purpose: String, _ identifier: String?) -> String? {
    identifier.map {
      String(SHA256.digest(of: Array("fini-trace \(purpose) \($0)".utf8)).prefix(32))
    }
  }

  /// A file with an identifier of 128 bits; what holds anything else, as an image of a container may, has none.
  private static func identifier(_ path: String) -> String? {
    guard let word = try? ProcFile.word(path) else { return nil }
    let digits = word.filter { $0 != "-" }
    return digits.utf8.count == 32 && digits.allSatisfy(\.isHexDigit) ? word : nil
  }

  /// A random UUID (version 4 of RFC 9562).
  private static func random() -> String {
    var generator = SystemRandomNumberGenerator()
    let digits = (0..<2).map { _ in
      let word = String(generator.next() as UInt64, radix: 16)
      return String(repeating: "0", count: 16 - word.count) + word
    }.joined()
    return uuid(digits, version: "4")
  }

  /// - Parameter digits: 32 or more, in hexadecimal.
  private static func uuid(_ digits: String, version: Character) -> String {
    var characters = Array(digits.prefix(32))
    characters[12] = version
    // The variant: the two highest bits are 10.
    let variant = characters[16].hexDigitValue ?? 0
    characters[16] = Array("89ab")[variant & 3]
    var text = ""
    for (index, character) in characters.enumerated() {
      if [8, 12, 16, 20].contains(index) { text.append("-") }
      text.append(character)
    }
    return text
  }
}
