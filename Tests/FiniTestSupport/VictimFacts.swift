import FiniModel

/// One of Tests/Victims with its arguments: what is cured, where it rests, what the outcome must
/// be, and how it shows that it works.
package struct VictimFacts: Sendable, CustomStringConvertible {
  /// Which task of the program is cured.
  package enum Patient: Sendable {
    /// The process that was started.
    case itself
    /// Its only child: only a child is in a new pid namespace.
    case onlyChild
    /// Its last thread.
    case lastThread
  }

  /// How it is asked whether it works. An unasked line shows that it does not.
  package enum Health: Sendable {
    /// Echoes each line, with this added.
    case echo(adding: String = "")
    /// Gives one answer to one question.
    case answer(to: String, String)
    /// Prints a line that begins like this on a signal.
    case onSignal(Int32, prefix: String)
    /// Prints, each time that its wait ends, a line that begins like this.
    case reports(prefix: String)
    /// Prints, when its stdin ends, how much it has made and how much of that failed: nothing.
    case endsWell
    /// Prints the state of its three timers, of which none may be late; see timers.c.
    case timers
    /// Can't answer where it is.
    case silent
  }

  /// The outcome of a cure.
  package enum Outcome: Sendable {
    /// It lands, and the victim is as it was.
    case cured
    /// It is not possible: the error has this text, and the victim was left as it was.
    case told(String)
  }

  /// A property of SIGTRAP or of an interrupted call that rules out a strategy.
  package enum Obstacle: Sendable {
    case none, trapIgnored, trapPending, trapBlocked, restartBlock, userDispatch
  }

  /// What the test needs to start it.
  package enum Need: Sendable {
    case nothing, root, i386
    /// A kernel that can do what it needs.
    case kernel
  }

  /// The program.
  package var name: String
  /// Its arguments.
  package var arguments: [String] = []
  /// The task to cure.
  package var patient = Patient.itself
  /// The letter of that task's state when it is not disturbed.
  package var rest: Character = "S"
  /// Whether it waits in one place, so that its registers can be compared.
  package var isStill = true
  /// How it is asked whether it works.
  package var health: Health
  /// What comes of a cure.
  package var outcome = Outcome.cured
  /// What rules out a strategy.
  package var obstacle = Obstacle.none
  /// Whether the kernel ends its call with EINTR at any stop (signal(7), last section): each stop
  /// by another tracer makes it print `eintr`, a cure must not.
  package var saysEachLook = false
  /// Whether signals come to it at any time: then one may intervene in `breakpoint-after`.
  package var isSignalled = false
  /// What the test needs.
  package var need = Need.nothing

  /// The program with its arguments.
  package var description: String { ([name] + arguments).joined(separator: " ") }

  /// The strategy that is used in the end if this one is asked for and breakpoints work.
  package func taken(insteadOf asked: FiniStrategy) -> FiniStrategy {
    switch obstacle {
    case .none: asked
    case .trapIgnored, .trapPending, .userDispatch: asked.needsBreakpoints ? .syscall : asked
    case .trapBlocked, .restartBlock: asked == .breakpointAfter ? .breakpoint : asked
    }
  }

  /// Whether this verdict belongs to a successful cure.
  package func allows(_ verdict: Verdict, of strategy: FiniStrategy) -> Bool {
    verdict == .landed || isSignalled && strategy == .breakpointAfter && verdict == .intervened
  }

  /// Whether it can be started here; ``need`` says what is missing.
  package var isAvailable: Bool {
    switch need {
    case .nothing: true
    case .root: Doors.isRoot
    case .i386: House.builds32Bit
    case .kernel: (try? FiniTestSupport.withVictim(name, arguments) { _ in true }) ?? false
    }
  }

  /// Starts it and runs the body with it and the task to cure.
  package func withVictim<Value>(
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

  /// Asks the victim for its state; empty if it works.
  ///
  /// - Parameter looks: how often a tracer other than the one under test has stopped it.
  package func complaints(of victim: LiveProcess, looks: Int = 0) -> [String] {
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
    // No expiration is lost, however long it was stopped. Alarms do not queue, so some may be lost.
    return alarms > 0 && abs(expirations - ticks) <= 2 && late < 20
  }
}
