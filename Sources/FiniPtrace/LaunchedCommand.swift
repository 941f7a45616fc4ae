internal import CFiniPtrace
package import FiniModel

/// A command of the user that waits until an observer is ready, and then runs.
package struct LaunchedCommand: ~Copyable {
  /// Its process.
  package let process: TaskID

  private var launch: fini_launch

  /// Forks; the command itself does not run yet.
  ///
  /// - Parameters:
  ///   - words: the program, looked up in PATH, and its arguments.
  ///   - ownGroup: whether it gets a process group of its own, so that Ctrl-C does not reach it.
  ///   - toError: whether what it prints goes to standard error, because standard output is for data.
  /// - Throws: the error of pipe(2) or fork(2).
  package init(
    _ words: [String], ownGroup: Bool, toError: Bool = false
  ) throws(Errno) {
    precondition(!words.isEmpty, "a command without a name")
    var launch = fini_launch()
    let flags =
      (ownGroup ? Int32(FINI_LAUNCH_OWN_GROUP) : 0) | (toError ? Int32(FINI_LAUNCH_TO_ERROR) : 0)
    let result = unsafe LaunchedCommand.withWords(words) { pointer in
      unsafe fini_launch(pointer, flags, &launch)
    }
    if let error = Errno(result: result) { throw error }
    self.launch = launch
    process = TaskID(launch.pid)
  }

  /// Lets the command run, and returns when it runs.
  ///
  /// - Throws: the error of execvp(3); ENOENT if there is no such command.
  package mutating func go() throws(Errno) {
    try open()
    try requireStart()
  }

  /// Lets the command run, for a caller that traces it and must resume it.
  ///
  /// - Throws: EPIPE if it has ended.
  package mutating func open() throws(Errno) {
    let result = unsafe fini_launch_open(&launch)
    if let error = Errno(result: result) { throw error }
  }

  /// Returns once the command runs or has ended.
  ///
  /// - Throws: the error of execvp(3).
  package mutating func requireStart() throws(Errno) {
    let result = unsafe fini_launch_report(&launch)
    if let error = Errno(result: result) { throw error }
  }

  /// The rights that the program of a process gives to its user, beyond the rights of this process.
  ///
  /// execve(2) withholds them from a task whose tracer lacks CAP_SYS_PTRACE.
  ///
  /// - Throws: the error of stat(2): EACCES if this user may not read the program's attributes.
  package static func grants(of process: TaskID) throws(Errno) -> [Grant] {
    let result = fini_program_grants(process.rawValue)
    if let error = Errno(result: result) { throw error }
    return Grant.allCases.filter { result & Int64($0.rawValue) != 0 }
  }

  /// A right that comes with a program.
  package enum Grant: Int32, CaseIterable, Sendable {
    /// That of another user: set-user-ID.
    case user = 1
    /// That of another group: set-group-ID.
    case group = 2
    /// Capabilities; see capabilities(7).
    case capabilities = 4
  }

  /// How it ended, if it has; the corresponding C function is `waitpid()` with WNOHANG.
  package func end() -> WaitStatus? {
    var status: Int32 = 0
    let result = unsafe fini_launch_reap(launch.pid, &status)
    if result == 0 { return nil }
    // Other code has waited for it: its status is not known.
    if result < 0 { return .exited(code: 125) }
    return WaitStatus(rawValue: UInt32(bitPattern: status))
  }

  /// Sends it a signal.
  package func signal(_ signal: Signal) { _ = fini_kill(launch.pid, signal.rawValue) }

  /// Sends a signal to the process group that it leads, and so to the processes that it started in
  /// it.
  ///
  /// - Precondition: it was launched with a group of its own, and was not waited for yet.
  package func signalGroup(_ signal: Signal) { _ = fini_kill(-launch.pid, signal.rawValue) }

  /// Takes Ctrl-C, SIGTERM or SIGHUP, if one waits; they must be blocked.
  package static func takeInterrupt() -> Signal? {
    let number = fini_take_interrupt()
    return number > 0 ? Signal(rawValue: number) : nil
  }

  /// Ends this process by a signal.
  package static func die(by signal: Signal) -> Never {
    fini_die_by(signal.rawValue)
    fatalError("a process outlived its end")
  }

  private static func withWords<Value>(
    _ words: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Value
  ) -> Value {
    let copies = unsafe words.map { word in
      let bytes = Array(word.utf8CString)
      let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
      unsafe copy.initialize(from: bytes, count: bytes.count)
      return unsafe copy
    }
    defer { unsafe copies.forEach { unsafe $0.deallocate() } }
    var pointers: [UnsafeMutablePointer<CChar>?] = unsafe copies
    unsafe pointers.append(nil)
    return unsafe pointers.withUnsafeBufferPointer { buffer in
      guard let start = buffer.baseAddress else { preconditionFailure("an array with no address") }
      return unsafe body(start)
    }
  }
}
