internal import FiniModel
internal import FiniTimeline

/// The text for a stop and for the signals that it shows.
struct StopWords {
  let outline: RunOutline
  let passage: Passage
  let addresses: AddressBook

  /// The class first, then what proves it.
  func pieces(for record: StopRecord, at sequence: UInt32) -> [String] {
    let place = record.programCounter.map { "pc \(addresses.name($0))" }
    switch record.stopClass {
    case .breakpoint:
      let armed = passage.armedBreakpoint(after: sequence)?.address
      let isThere = record.programCounter != nil && record.programCounter == armed
      let pc = isThere ? "pc = DR0" : place
      let code = record.info.map { $0.code.name(for: $0.signal) }
      let proof = [pc, code].compactMap { $0 }.joined(separator: ", ")
      return proof.isEmpty ? ["breakpoint"] : ["breakpoint", proof]
    case .syscallEntry:
      guard let call = record.syscall else { return ["syscall-entry"] }
      return ["syscall-entry \(SyscallNames.name(call.number, by: call.abi))"]
    case .signalDelivery, .groupStop:
      return announced(record) + [place].compactMap { $0 }
    case .unknown:
      return ["unknown stop", "status \(Hex.word(UInt64(record.status)))"]
        + [place].compactMap { $0 }
    case .syscallExit, .syscallStop, .singleStep, .softwareBreakpoint, .interrupt, .event:
      return [record.stopClass.name] + [place].compactMap { $0 }
    }
  }

  private func announced(_ record: StopRecord) -> [String] {
    guard let signal = record.signal ?? record.info?.signal else { return [record.stopClass.name] }
    let stop = "\(record.stopClass.name) \(signal)"
    guard let info = record.info, record.stopClass == .signalDelivery else { return [stop] }
    return [stop, StopWords.origin(of: info)]
  }

  /// `SIGUSR1 (SI_USER from 4801)`.
  static func words(for info: SignalInfo) -> String { "\(info.signal) (\(origin(of: info)))" }

  private static func origin(of info: SignalInfo) -> String {
    info.code.name(for: info.signal) + (info.sender.map { " from \($0)" } ?? "")
  }

  /// How the pending signals changed since the previous stop.
  func signals(for record: StopRecord, after previous: SignalSets?, at sequence: UInt32)
    -> [String]
  {
    guard let sets = record.sets else { return [] }
    let before = previous?.allPending ?? .empty
    let now = sets.allPending
    let new = now.subtracting(before).signals.map { signal in
      var words = "\(signal.shortName) pending"
      let history = outline.judged.signals.first { $0.signal == signal }
      if let sender = history?.sender { words += " from \(sender)" }
      return sets.blocked.contains(signal) ? words + ", blocked" : words
    }
    let gone = before.subtracting(now).signals.map { "\($0.shortName) no longer pending" }
    return new + gone
  }
}
