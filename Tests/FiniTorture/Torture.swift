import FiniEngine
import FiniModel
import FiniPtrace
import FiniTestSupport
import Foundation

/// Cures back to back under a storm of signals. The first difference ends it with a reproducer.
@main
struct Torture {
  static func main() {
    guard let plan = Plan(Array(CommandLine.arguments.dropFirst())) else {
      FileHandle.standardError.write(Data((Plan.usage + "\n").utf8))
      exit(64)
    }
    exit(PtraceThread.runBlocking { Run(plan).go() })
  }
}

/// The options of the command line.
struct Plan: Sendable {
  var cures = 2000
  var seed: UInt64 = 1
  var strategy: FiniStrategy?
  var victim: String?
  var first = 0

  static let usage = """
    usage: torture [--cures N] [--seed S] [--strategy NAME] [--victim NAME] [--first CURE]
    """

  init?(_ words: [String]) {
    var words = words[...]
    while let option = words.popFirst() {
      guard let value = words.popFirst() else { return nil }
      switch option {
      case "--cures":
        guard let number = Int(value), number > 0 else { return nil }
        cures = number
      case "--seed":
        guard let number = UInt64(value) else { return nil }
        seed = number
      case "--strategy":
        guard let found = FiniStrategy(name: value) else { return nil }
        strategy = found
      case "--victim":
        guard Kind.all.contains(where: { $0.name == value }) else { return nil }
        victim = value
      case "--first":
        guard let number = Int(value), number >= 0 else { return nil }
        first = number
      default: return nil
      }
    }
  }
}
