/// Runs as they are compared: what each cost, and where two of them part.
package struct ComparedRuns: Sendable {
  /// What each run, or the named task of it, cost.
  package var runs: [ComparedRun]
  /// Where they part; `nil` where that can't be asked: of more than two runs, or of a whole tree.
  package var parting: Parting?

  package init(_ runs: [ComparedRun], parting: Parting? = nil) {
    self.runs = runs
    self.parting = parting
  }

  /// The first difference between the steps of two runs.
  package struct Parting: Sendable {
    /// The difference; `nil` where they have the same steps.
    package var divergence: Divergence?
    /// Names for the addresses of either run.
    package var addresses: (AddressBook, AddressBook)

    /// Looks for it.
    ///
    /// - Parameters:
    ///   - first: what the events of the first run showed when they passed.
    ///   - second: that of the second run.
    ///   - again: hands out the events of both again, from the first to the last; called only where the runs differ.
    package init(
      _ first: RunSteps, _ second: RunSteps,
      again: (Divergence.Search) throws -> Divergence?
    ) rethrows {
      addresses = (first.addresses, second.addresses)
      guard let search = Divergence.Search(first, second) else { return }
      divergence = try again(search)
    }
  }
}
