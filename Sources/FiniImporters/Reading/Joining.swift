internal import FiniModel

/// Finds out which inputs belong together, and what is added to the times of each.
struct Joining {
  /// What is known of an input.
  struct Input {
    var name: String
    var format: LineFormat
    var anchors: Anchors
    /// When its last line was written, on the run's clock, if that is known.
    var lastWrite: Int64?
  }

  /// For each input how its clock is tied to the run's; `nil` for one that has the run's clock.
  private(set) var ties: [Anchors.Tie?]
  /// Inputs that have no event and no task in common with the rest.
  private(set) var strangers: [Int] = []

  private let inputs: [Input]
  private let base: JoinBase?
  /// The input that has the run's clock, without a stored run.
  let main: Int
  private var known: [Int] = []

  /// Compares the inputs.
  ///
  /// - Parameter base: the stored run that they are joined with.
  init(_ inputs: [Input], base: JoinBase?) {
    self.inputs = inputs
    self.base = base
    main = inputs.firstIndex { $0.format != .criuLog } ?? 0
    ties = Array(repeating: nil, count: inputs.count)
    if base == nil { known = [main] }
    var rest = inputs.indices.filter { !known.contains($0) }
    // Through one that belongs to the run another one may belong to it.
    while let next = rest.first(where: { belongs($0) }) {
      ties[next] = tie(of: next)
      known.append(next)
      rest.removeAll { $0 == next }
    }
    strangers = rest
    for index in rest { ties[index] = tie(of: index) }
  }

  private func belongs(_ index: Int) -> Bool {
    if let base, base.anchors.hasCommon(with: inputs[index].anchors) { return true }
    return known.contains {
      inputs[$0].anchors.hasCommon(with: inputs[index].anchors) || areSiblings($0, index)
    }
  }

  /// `strace -ff` writes a file for each task: they have one name up to the last point.
  private func areSiblings(_ one: Int, _ other: Int) -> Bool {
    guard inputs[one].format == .strace, inputs[other].format == .strace,
      let stem = Joining.stem(inputs[one].name)
    else { return false }
    return stem == Joining.stem(inputs[other].name)
  }

  private static func stem(_ name: String) -> Substring? {
    guard let point = name.lastIndex(of: "."), Int32(name[name.index(after: point)...]) != nil
    else { return nil }
    return name[..<point]
  }

  private func tie(of index: Int) -> Anchors.Tie? {
    let anchors = inputs[index].anchors
    if base == nil, inputs[index].format == inputs[main].format { return nil }
    if let tie = base?.anchors.tie(to: anchors) { return tie }
    for other in known {
      // One program writes all of them by one clock.
      if inputs[other].format == inputs[index].format, let tie = ties[other] { return tie }
      guard var tie = inputs[other].anchors.tie(to: anchors) else { continue }
      tie.offset += ties[other]?.offset ?? 0
      return tie
    }
    if let lastWrite = inputs[index].lastWrite, let last = anchors.last {
      return Anchors.Tie(
        offset: lastWrite - last, anchor: "no common event: aligned by the time of its last write")
    }
    return (base?.anchors ?? inputs[main].anchors).tieAtEnd(to: anchors)
  }
}
