/// There is no picture of a run: its task never came to fini, or what it came to has no events.
package struct NoFini: Error, CustomStringConvertible {
  private let run: Int64

  package init(run: Int64) { self.run = run }

  package var description: String { "run \(run) has no fini: there is nothing to draw" }
}
