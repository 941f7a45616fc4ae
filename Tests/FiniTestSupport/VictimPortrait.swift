/// Everything of a victim that can be seen from outside.
package struct VictimPortrait {
  /// What an independent tracer sees.
  package var look: Look
  /// Fields of its status.
  package var signals: [String: String]
  /// Its mappings.
  package var maps: [String]
  /// Its descriptors.
  package var descriptors: [String: String]
  /// The bytes of its code, hashed.
  package var code: [String: UInt64]
  /// The letter of its state.
  package var state: Character
  /// Its threads.
  package var threads: [Int32]

  private static let sets = ["SigBlk", "SigIgn", "SigCgt", "SigPnd", "ShdPnd"]
  private static let others = ["Uid", "Umask", "Threads", "Seccomp", "NoNewPrivs", "FDSize"]

  /// Takes the portrait of a task that rests in this state.
  package init(of victim: some InProc, resting: Character) throws {
    look = try Look(at: victim.pid)
    _ = victim.reaches([resting])
    state = victim.state
    signals = [:]
    for key in Self.sets + Self.others { signals[key] = victim.status(key) }
    maps = victim.maps
    descriptors = victim.descriptors
    code = victim.codeHashes
    threads = victim.threads
  }

  /// The differences from an earlier portrait of the same task, in words.
  ///
  /// - Parameter isStill: whether it waits in one place, so that its registers can be compared.
  package func differences(from before: VictimPortrait, isStill: Bool) -> [String] {
    var found: [String] = []
    if isStill {
      found += look.differences(from: before.look)
      if look.extendedState != before.look.extendedState { found.append("extended state") }
      if state != before.state { found.append("state \(state) not \(before.state)") }
      if look.mask != before.look.mask { found.append("mask \(look.mask)") }
    }
    if look.debugControl & 0xff != 0 { found.append("DR7 \(look.debugControl)") }
    // Pending signals, and the mask in a handler, change while it runs.
    let moving: Set<String> = isStill ? [] : ["SigPnd", "ShdPnd", "SigBlk"]
    for (key, value) in signals.sorted(by: { $0.key < $1.key }) where !moving.contains(key) {
      if value != before.signals[key] { found.append("\(key) \(value)") }
    }
    if maps != before.maps {
      found.append("maps: new \(Set(maps).subtracting(before.maps).sorted())")
      found.append("maps: gone \(Set(before.maps).subtracting(maps).sorted())")
    }
    if descriptors != before.descriptors { found.append("descriptors \(descriptors)") }
    if code != before.code { found.append("code") }
    if threads != before.threads { found.append("threads \(threads)") }
    return found
  }
}
