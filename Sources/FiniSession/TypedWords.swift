package import FiniModel

/// A mistake in what was typed, and the line that tells it.
package typealias Mistake = (isMade: Bool, message: String)

/// A process as the user names it, or what is none.
package struct ProcessNumber {
  /// The process; `nil` if it is no number of one.
  package let task: TaskID?
  /// What was typed.
  package let text: String

  package init?(argument: String) {
    text = argument
    task = Int32(argument).flatMap { $0 > 0 ? TaskID($0) : nil }
  }

  /// The process, where the mistake was refused.
  package var checked: TaskID {
    guard let task else { preconditionFailure("a mistake was refused") }
    return task
  }

  /// The mistake that it is no number.
  package var mistake: Mistake {
    (task == nil, "\"\(text)\" is not a process number; name one as ps -e shows it")
  }
}

/// A word that should be one of a few.
package struct Word<Value: CaseIterable & NamedValue> {
  /// What it means; `nil` if it is none of them.
  package let value: Value?
  private let text: String
  /// Whether it was typed, and is not what holds without a word.
  package let isAsked: Bool

  /// What holds without a word.
  package init(_ value: Value) { (self.value, text, isAsked) = (value, value.name, false) }

  package init?(argument: String) {
    (text, isAsked) = (argument, true)
    value = Value.allCases.first { $0.name == argument }
  }

  package static var allValueStrings: [String] { Value.allCases.map { $0.name } }
  package var defaultValueDescription: String { text }

  /// What it means, where the mistake was refused.
  package var checked: Value {
    guard let value else { preconditionFailure("a mistake was refused") }
    return value
  }

  /// The mistake that there is no such word.
  package var mistake: Mistake {
    let names = Word.allValueStrings.joined(separator: ", ")
    return (value == nil, "there is no \(Value.noun) \"\(text)\"; there are \(names)")
  }
}

/// The words of a whole command line.
package struct CommandWords {
  private let words: [String]

  /// - Parameter words: what comes after the name of the program.
  package init(_ words: some Sequence<String>) { self.words = Array(words) }

  /// The mistake that `help NAME` is of no command; the parser shows the help of the program for it.
  package func unknownHelp(commands: [String]) -> Mistake {
    guard words.first == "help", words.count > 1 else { return (false, "") }
    let name = words[1]
    return (
      !commands.contains(name) && !name.hasPrefix("-"),
      "there is no command \"\(name)\"; there are \(commands.joined(separator: ", "))"
    )
  }

  /// Whether a command that is run comes after these.
  package var hasTerminator: Bool { words.contains("--") }
}

/// What has a name in files and reports.
package protocol NamedValue {
  /// What such a value is called.
  static var noun: String { get }
  var name: String { get }
}

extension Phase: NamedValue { package static let noun = "phase" }
extension EventKind: NamedValue { package static let noun = "kind" }
extension FiniStrategy: NamedValue { package static let noun = "strategy" }
