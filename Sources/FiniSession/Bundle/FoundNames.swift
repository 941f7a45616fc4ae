/// Names that were found somewhere, and are taken out wherever they stand.
///
/// A line is asked at each of its bytes, so the first two bytes are looked up before anything else is.
struct FoundNames {
  private var kinds: [String: Redactor.Kind] = [:]
  /// Those that are not one word of letters, digits and `_`, by their first two bytes; the longest first.
  private var others: [Int: [[UInt8]]] = [:]
  /// Which first two bytes there are.
  private var isWordStart = [Bool](repeating: false, count: 1 << 16)
  private var isOtherStart = [Bool](repeating: false, count: 1 << 16)

  /// Whether there is a name that is not one word.
  var hasOthers: Bool { !others.isEmpty }

  /// Adds a name of two bytes or more, if it is not there yet.
  mutating func add(_ name: String, as kind: Redactor.Kind) {
    guard kinds[name] == nil else { return }
    kinds[name] = kind
    let bytes = Array(name.utf8)
    guard let start = FoundNames.start(bytes[...]) else { return }
    isWordStart[start] = true
    guard !bytes.allSatisfy(\.isWord) else { return }
    isOtherStart[start] = true
    let known = others[start, default: []]
    let place = known.firstIndex { $0.count < bytes.count } ?? known.count
    others[start, default: []].insert(bytes, at: place)
  }

  subscript(name: String) -> Redactor.Kind? { kinds[name] }

  /// The kind of a word, if it is a name.
  func kind(of word: ArraySlice<UInt8>) -> Redactor.Kind? {
    guard let start = FoundNames.start(word), isWordStart[start] else { return nil }
    return kinds[String(decoding: word, as: UTF8.self)]
  }

  /// The name of several words that begins here.
  func other(at place: Int, in bytes: [UInt8]) -> [UInt8]? {
    guard place + 1 < bytes.count else { return nil }
    let start = Int(bytes[place]) << 8 | Int(bytes[place + 1])
    guard isOtherStart[start] else { return nil }
    return others[start]?.first { bytes[place...].starts(with: $0) }
  }

  private static func start(_ bytes: ArraySlice<UInt8>) -> Int? {
    guard bytes.count > 1 else { return nil }
    return Int(bytes[bytes.startIndex]) << 8 | Int(bytes[bytes.startIndex + 1])
  }
}
