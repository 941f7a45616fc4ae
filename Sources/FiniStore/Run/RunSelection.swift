/// Which run of a file is meant.
package enum RunSelection: Hashable, Sendable {
  /// The one that began last.
  case last
  /// The one with this number.
  case number(Int64)
}

extension RunSelection: LosslessStringConvertible {
  /// Reads a number, or `last`.
  package init?(_ description: String) {
    if description == "last" {
      self = .last
    } else if let number = Int64(description), number > 0 {
      self = .number(number)
    } else {
      return nil
    }
  }

  /// As it is written.
  package var description: String {
    switch self {
    case .last: "last"
    case .number(let number): "\(number)"
    }
  }
}
