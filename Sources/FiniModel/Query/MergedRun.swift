/// A run of a recording that was to be copied into another one.
package struct MergedRun: Hashable, Sendable {
  /// What became of it.
  package enum Fate: Hashable, Sendable {
    /// It has this number in the other recording now.
    case copied(Int64)
    /// The other recording had it before, with this number.
    case there(Int64)
    /// It is being recorded, or its recorder was killed and nobody has opened the file since.
    case leftOut
  }

  /// The recording that it is of, as it was named.
  package var file: String
  /// Its number there.
  package var run: Int64
  /// Its name in the world.
  package var uuid: String
  /// What became of it.
  package var fate: Fate

  package init(file: String, run: Int64, uuid: String, fate: Fate) {
    self.file = file
    self.run = run
    self.uuid = uuid
    self.fate = fate
  }
}
