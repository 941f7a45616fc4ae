package import FiniEngine
package import FiniModel
internal import Glibc

extension CureOptions {
  /// Those of a cure that Ctrl-C ends, with a fault: what a kill -9 leaves at any moment (CrashTests, GuardTests).
  ///
  /// - Parameters:
  ///   - dying: before which call the recorder kills itself.
  ///   - killing: before which call it kills its guard.
  package init(
    strategy: FiniStrategy, deadline: Int64, rehearses: Bool, dyingBeforeCall dying: Int?,
    killingGuardBeforeCall killing: Int?
  ) {
    self.init(strategy: strategy, deadline: deadline, interrupts: true, rehearses: rehearses)
    if let dying { beforeCall = { if $0 == dying { kill(getpid(), SIGKILL) } } }
    if let killing { beforeCall = { if $0 == killing { kill(getppid(), SIGKILL) } } }
  }
}
