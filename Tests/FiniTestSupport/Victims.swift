import CFiniTestSupport

/// Starts one of Tests/Victims, waits until it has reached its call, and ends it after the body.
///
/// - Parameter settled: the state letters in which it counts as ready.
package func withVictim<Value>(
  _ name: String, _ arguments: [String] = [], settled: Set<Character>? = nil,
  _ body: (LiveProcess) throws -> Value
) throws -> Value {
  let victim = try startVictim(name, arguments, settled: settled)
  defer { victim.end() }
  return try body(victim)
}

/// Starts one of Tests/Victims and waits until it is ready.
///
/// - Parameter orders: what else it must do; Tests/Victims/victim.h has the words.
package func startVictim(
  _ name: String, _ arguments: [String] = [], settled: Set<Character>? = nil,
  orders: [String] = []
) throws -> LiveProcess {
  let path = try House.victims.get() + "/" + name
  let environment = orders.isEmpty ? [] : ["VICTIM_ORDERS=" + orders.joined(separator: ",")]
  let victim = try LiveProcess(path: path, words: [path] + arguments, environment: environment)
  let line = victim.nextLine(within: 10_000)
  guard line == "ready" else {
    throw TestSupportError.victim("\(name) is not ready, it said \(line ?? "nothing")")
  }
  let running = ["busy", "repeats", "restartable", "spins-32"]
  let usual: Set<Character> =
    running.contains(name) || arguments == ["spins"]
    ? ["R"] : name.hasPrefix("stopped") ? ["T"] : name == "execs" ? ["R", "S", "D"] : ["S"]
  guard victim.reaches(settled ?? usual) else {
    throw TestSupportError.victim("\(name) stays in state \(victim.state)")
  }
  return victim
}
