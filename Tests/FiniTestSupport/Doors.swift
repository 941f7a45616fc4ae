import CFiniTestSupport
import Foundation

/// Direct calls of the kernel for the tests, without the code under test.
package enum Doors {
  /// This process.
  package static var ownProcess: Int32 { test_getpid() }
  /// The calling thread.
  package static var ownTask: Int32 { test_gettid() }
  /// Whether the tests run as root.
  package static var isRoot: Bool { test_getuid() == 0 }
  /// Milliseconds on the monotonic clock.
  package static var milliseconds: UInt64 { test_milliseconds() }

  /// Sends a signal to a process; a negated error number if that fails.
  @discardableResult
  package static func kill(_ process: Int32, _ signal: Int32) -> Int32 {
    test_kill(process, signal)
  }

  /// Sends a signal to a thread.
  @discardableResult
  package static func tgkill(_ process: Int32, _ task: Int32, _ signal: Int32) -> Int32 {
    test_tgkill(process, task, signal)
  }

  /// Queues a signal with a value.
  @discardableResult
  package static func queue(_ process: Int32, _ signal: Int32, value: Int32) -> Int32 {
    test_sigqueue(process, signal, value)
  }

  /// A raw ptrace call.
  @discardableResult
  package static func ptrace(
    _ request: Int64, _ task: Int32, _ address: UInt64 = 0, _ data: UInt64 = 0
  ) -> Int64 {
    test_ptrace(request, task, address, data)
  }

  /// Sets flags in the registers of a stopped tracee of the calling thread; a negated error number.
  package static func setFlags(_ task: Int32, _ flags: UInt64) -> Int64 {
    test_set_flags(task, flags)
  }

  /// Tries to seize a task as another user; the error number.
  package static func seize(_ task: Int32, asUser user: UInt32) -> Int32 {
    test_seize_as(user, task)
  }

  /// What a forked child does until it is killed.
  package enum Occupation {
    case zombie, stopped, paused
  }

  /// Forks a child, runs the body with its pid, then kills it and waits for it.
  package static func withFork<Value>(
    _ occupation: Occupation, _ body: (Int32) throws -> Value
  ) rethrows -> Value {
    let kind: Int
    switch occupation {
    case .zombie: kind = TEST_CHILD_ZOMBIE
    case .stopped: kind = TEST_CHILD_STOPPED
    case .paused: kind = TEST_CHILD_PAUSED
    }
    let child = test_fork(Int32(kind))
    precondition(child > 0, "fork failed")
    defer { reap(child) }
    return try body(child)
  }

  /// Runs the body while another process traces the task.
  package static func withOtherTracer<Value>(
    of task: Int32, _ body: (Int32) throws -> Value
  ) throws -> Value {
    let tracer = test_fork_tracer(task)
    guard tracer > 0 else { throw TestSupportError.setUp("no other tracer: \(tracer)") }
    defer { reap(tracer) }
    return try body(tracer)
  }

  /// Forks a process that traces the task until it is reaped; its number, or below zero.
  package static func startOtherTracer(of task: Int32) -> Int32 { test_fork_tracer(task) }

  /// Kills a child of this process and waits for it.
  package static func reap(_ child: Int32) {
    var status: Int32 = 0
    _ = test_kill(child, 9)
    _ = test_wait(child, 5000, &status)
  }

  /// Runs the body with a child's number and with a closure that puts another child in its place.
  package static func withReusedNumber(
    _ body: (_ number: Int32, _ replace: @escaping () throws -> Void) throws -> Void
  ) throws {
    let number = test_fork(Int32(TEST_CHILD_PAUSED))
    precondition(number > 0, "fork failed")
    defer { reap(number) }
    try body(number) {
      reap(number)
      // Start times are counted in ticks of 10 ms.
      usleep(50_000)
      let again = test_fork_numbered(number)
      guard again == number else { throw TestSupportError.setUp("clone3: \(again)") }
    }
  }

  /// Runs the body on this thread without the right to open `map_files`.
  package static func withoutMapFiles<Value>(_ body: () throws -> Value) throws -> Value {
    // CAP_SYS_ADMIN and CAP_CHECKPOINT_RESTORE.
    let set: UInt64 = 1 << 21 | 1 << 40
    let result = test_drop_capabilities(set)
    guard result == 0 else { throw TestSupportError.setUp("capset: \(result)") }
    defer {
      let result = test_regain_capabilities(set)
      precondition(result == 0, "capset gives nothing back")
    }
    return try body()
  }

  /// How often this thread asked the heap for memory; `nil` if that is not counted.
  package static var allocations: UInt64? {
    test_counts_allocations() != 0 ? test_allocations() : nil
  }

  /// Keeps call stacks of allocations of this thread while the body runs.
  package static func watchAllocations(_ on: Bool) { test_watch_allocations(on ? 1 : 0) }

  /// Prints the call stacks kept.
  package static func printAllocations() { test_print_allocations() }
}

extension Doors {
  /// A variable of the environment.
  package static func variable(_ name: String) -> String? {
    ProcessInfo.processInfo.environment[name]
  }
}
