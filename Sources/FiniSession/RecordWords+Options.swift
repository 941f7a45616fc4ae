package import FiniEngine
package import FiniModel

// What is to be done, where the mistakes were refused.
extension RecordWords {
  /// The process; it is not named where a command shows it.
  package var task: TaskID {
    guard let process else { preconditionFailure("a mistake was refused") }
    return process.checked
  }

  /// How a task is cured, with the faults of a test.
  package func cureOptions(
    rehearses: Bool, dyingBeforeCall dying: Int?, killingGuardBeforeCall killing: Int?
  ) -> CureOptions {
    CureOptions(
      strategy: strategy.checked, deadline: Int64(deadline) * 1_000_000, rehearses: rehearses,
      dyingBeforeCall: dying, killingGuardBeforeCall: killing)
  }

  /// How the tasks of a tree are cured.
  package func treeOptions(_ cure: CureOptions) -> TreeOptions {
    var options = TreeOptions(cure: cure, time: timeout.map { Int64($0 * 1e9) })
    if let rescans { options.rescans = rescans }
    return options
  }

  /// How another tracer is watched, with what a test of losses asks for.
  package func watchOptions(
    recordingTo path: String, ringSize: UInt32?, readsAtEnd: Bool, keepsOutputForData: Bool
  ) -> WatchOptions {
    WatchOptions(
      task: process?.task, path: path, timeout: timeout, observer: observer, ringSize: ringSize,
      readsAtEnd: readsAtEnd, keepsOutputForData: keepsOutputForData)
  }

  /// The command that is run and watched.
  package func commandWatch(
    _ options: WatchOptions, tell: @escaping (Notice) -> Void
  ) -> CommandWatch {
    CommandWatch(command, isForeground: isForeground, options, tell: tell)
  }
}
