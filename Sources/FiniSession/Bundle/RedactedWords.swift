/// Words of registers and of memory, of which a bundle has only what the proof needs.
///
/// A word stays if it is small (a number of a call, an error), a whole page or a size that a call for memory was made
/// with (what mmap and munmap speak of), or near to an address of the proof: where the task was, what was poked, where its stack was. Any other one becomes
/// a word of ours, the same for the same, so that what was put back can still be told from what was not.
struct RedactedWords {
  /// The words of ours begin with this: no address of a task does.
  static let mark: UInt64 = 0x5eda_0000_0000_0000
  private static let smallest: UInt64 = 1 << 16
  private static let pageSize: UInt64 = 4096
  private static let addressEnd: UInt64 = 1 << 47
  /// Addresses of the proof are kept with what is in the same 64 KiB, and in the next ones.
  private static let nearShift: UInt64 = 16
  /// Breakpoints in the text, and what covers an instruction: rules read them (PatchedWords).
  private static let readBytes: [UInt8] = [0xcc, 0x90]
  private static let ownBytes: [UInt8] = (0...255).filter { !readBytes.contains($0) }

  private var places: Set<UInt64> = []
  private var sizes: Set<UInt64> = []
  private var known: [UInt64: UInt64] = [:]
  private var memory: [UInt64: [UInt8]] = [:]

  /// How many different words were taken out.
  var distinct: Int { known.count }
  /// At how many addresses.
  var addressCount: Int { memory.count }

  /// Remembers an address that the proof speaks of.
  mutating func learn(address: UInt64) {
    guard address >= RedactedWords.smallest, address < RedactedWords.addressEnd else { return }
    places.insert(address >> RedactedWords.nearShift)
  }

  /// Remembers the size that a call for memory was made with.
  mutating func learn(size: UInt64) {
    if size >> 32 == 0 { sizes.insert(size) }
  }

  /// Whether a word stays.
  func keeps(_ word: UInt64) -> Bool {
    let negated = 0 &- word
    if word < RedactedWords.smallest || negated < RedactedWords.smallest || sizes.contains(word) {
      return true
    }
    guard word < RedactedWords.addressEnd else { return false }
    if word % RedactedWords.pageSize == 0 { return true }
    let place = word >> RedactedWords.nearShift
    return places.contains(place) || places.contains(place + 1) || places.contains(place &- 1)
  }

  /// The word itself, or the one of ours.
  mutating func word(_ word: UInt64) -> UInt64 {
    if keeps(word) { return word }
    return placeholder(word)
  }

  /// The word of ours.
  mutating func placeholder(_ word: UInt64) -> UInt64 {
    if let found = known[word] { return found }
    let made = RedactedWords.mark | UInt64(known.count + 1)
    known[word] = made
    return made
  }

  /// Bytes of memory: at each address the first value that was seen becomes 0, the next one 1. What was written back
  /// is equal to what was read before, and nothing else is known of it.
  mutating func memory(_ bytes: UInt64, count: Int, at address: UInt64) -> UInt64 {
    var result: UInt64 = 0
    for index in 0..<UInt64(max(0, min(count, 8))) {
      let byte = UInt8(truncatingIfNeeded: bytes >> (8 * index))
      result |= UInt64(value(byte, at: address &+ index)) << (8 * index)
    }
    return result
  }

  private mutating func value(_ byte: UInt8, at address: UInt64) -> UInt8 {
    if RedactedWords.readBytes.contains(byte) { return byte }
    let seen = memory[address, default: []]
    if let place = seen.firstIndex(of: byte) { return RedactedWords.ownBytes[place] }
    memory[address, default: []].append(byte)
    return RedactedWords.ownBytes[seen.count]
  }
}
