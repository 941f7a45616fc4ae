import FiniModel

/// One of Tests/Victims with its arguments: what is cured, where that rests, what should come of it,
/// and how it shows that it is well.
public struct VictimFacts: Sendable, CustomStringConvertible {
  /// Which task of the program is the one to be cured.
  public enum Patient: Sendable {
    /// The process that was started.
    case itself
    /// Its only child: only a child is in a new pid namespace.
    case onlyChild
    /// Its last thread.
    case lastThread
  }

  /// How it is asked whether it is well. Whatever it says unasked shows that it is not.
  public enum Health: Sendable {
    /// Says each line back, this added.
    case echo(adding: String = "")
    /// Gives one answer to one question.
    case answer(to: String, String)
    /// Says a line that begins so on a signal.
    case onSignal(Int32, prefix: String)
    /// Says by itself, each time that its wait is over, a line that begins so.
    case reports(prefix: String)
    /// Says, when its stdin ends, how much it has made and how much of that went wrong: nothing.
    case endsWell
    /// Says how its three timers are, and that none is behind; see timers.c.
    case timers
    /// Cannot answer where it is.
    case silent
  }

  /// What comes of a cure.
  public enum Outcome: Sendable {
    /// It lands, and the victim is as it was.
    case cured
    /// It cannot be: the error says this, and the victim was left as it was.
    case told(String)
  }

  /// What of SIGTRAP or of an interrupted call rules out a strategy.
  public enum Obstacle: Sendable {
    case none, trapIgnored, trapPending, trapBlocked, restartBlock, userDispatch
  }

  /// What the test needs to be able to start it.
  public enum Need: Sendable {
    case nothing, root, i386
    /// A kernel that lets it become what it is.
    case kernel
  }

  /// The program.
  public var name: String
  /// Its arguments.
  public var arguments: [String] = []
  /// Whom to cure.
  public var patient = Patient.itself
  /// The letter of the patient's state when nobody touches it.
  public var rest: Character = "S"
  /// Whether it waits in one place, so that its registers can be compared.
  public var isStill = true
  /// How it is asked whether it is well.
  public var health: Health
  /// What comes of a cure.
  public var outcome = Outcome.cured
  /// What rules out a strategy.
  public var obstacle = Obstacle.none
  /// Whether the kernel ends its call with EINTR at any stop (signal(7), last section): each look at
  /// it makes it say `eintr`, and a cure must not.
  public var saysEachLook = false
  /// Whether signals come to it at any time: then one may intervene in `breakpoint-after`.
  public var isSignalled = false
  /// What the test needs.
  public var need = Need.nothing

  /// The program with its arguments.
  public var description: String { ([name] + arguments).joined(separator: " ") }

  /// The strategy that is taken in the end where this one is asked for and breakpoints work.
  public func taken(insteadOf asked: FiniStrategy) -> FiniStrategy {
    switch obstacle {
    case .none: asked
    case .trapIgnored, .trapPending, .userDispatch: asked.needsBreakpoints ? .syscall : asked
    case .trapBlocked, .restartBlock: asked == .breakpointAfter ? .breakpoint : asked
    }
  }

  /// Whether this is a verdict on a cure that came out right.
  public func allows(_ verdict: Verdict, of strategy: FiniStrategy) -> Bool {
    verdict == .landed || isSignalled && strategy == .breakpointAfter && verdict == .intervened
  }

  /// Whether it can be started here; what is missing stands in ``need``.
  public var isAvailable: Bool {
    switch need {
    case .nothing: true
    case .root: Doors.isRoot
    case .i386: House.builds32Bit
    case .kernel: (try? FiniTestSupport.withVictim(name, arguments) { _ in true }) ?? false
    }
  }

  /// Starts it and runs the body with it and its patient.
  public func withVictim<Value>(
    _ body: (LiveProcess, OtherTask) throws -> Value
  ) throws -> Value {
    let settled: Set<Character>? = patient == .itself ? [rest] : nil
    let victim = try startVictim(
      name, arguments, settled: patient == .lastThread ? ["Z"] : settled)
    defer { victim.end() }
    let patient = try patient(of: victim)
    try patient.settle(in: [rest])
    return try body(victim, patient)
  }

  private func patient(of victim: LiveProcess) throws -> OtherTask {
    let number: Int32? =
      switch patient {
      case .itself: victim.pid
      case .onlyChild: victim.children.first
      case .lastThread: victim.threads.last
      }
    guard let number else { throw TestSupportError.victim("\(self) has no such task") }
    return OtherTask(pid: number)
  }

  /// Asks the victim how it is; empty if it is well.
  ///
  /// - Parameter looks: how often it was looked at by a tracer other than the one under test.
  public func complaints(of victim: LiveProcess, looks: Int = 0) -> [String] {
    if saysEachLook {
      for _ in 0..<looks {
        let said = victim.nextLine()
        if said != "eintr" { return ["said \(said ?? "nothing") after a look"] }
      }
    }
    let (said, isRight): (String?, Bool)
    switch health {
    case .echo(let added):
      said = victim.ask("how are you")
      isRight = said == "line how are you" + added
    case .answer(let question, let answer):
      said = victim.ask(question)
      isRight = said == answer
    case .onSignal(let signal, let prefix):
      victim.signal(signal)
      said = victim.nextLine()
      isRight = said?.hasPrefix(prefix) ?? false
    case .reports(let prefix):
      said = victim.nextLine()
      isRight = said?.hasPrefix(prefix) ?? false
    case .timers:
      said = victim.ask("turns")
      isRight = VictimFacts.timersAreWell(said ?? "")
    case .endsWell:
      victim.closeInput()
      said = victim.nextLine(within: 20_000)
      let words = (said ?? "").split(separator: " ")
      // `forked N, 0 bad ends`
      isRight =
        words.suffix(3) == ["0", "bad", "ends"]
        && words.dropFirst().first.flatMap { Int($0.dropLast()) } ?? 0 > 0
    case .silent:
      said = nil
      isRight = victim.state != "X" && victim.state != "Z"
    }
    return isRight ? [] : ["said \(said ?? "nothing")"]
  }

  /// `turns ALARMS EXPIRATIONS TICKS LATE`, all with the same period.
  private static func timersAreWell(_ line: String) -> Bool {
    let numbers = line.split(separator: " ").compactMap { Double($0) }
    guard line.hasPrefix("turns "), numbers.count == 4 else { return false }
    let (alarms, expirations, ticks, late) = (numbers[0], numbers[1], numbers[2], numbers[3])
    // No expiration is lost, however long it was stopped; of the alarms, which do not queue, some may.
    return alarms > 0 && abs(expirations - ticks) <= 2 && late < 20
  }
}
