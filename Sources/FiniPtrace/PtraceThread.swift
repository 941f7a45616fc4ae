private import Dispatch
internal import FiniModel
private import Glibc
private import Synchronization

/// The one thread that may act on tracees.
///
/// A tracee belongs to one OS thread: a request from any other thread fails with ESRCH, and the
/// kernel releases the tracees when the thread ends. Everything that touches a tracee is isolated
/// to this actor, whose executor owns one pthread. So a call from elsewhere does not compile. See
/// ptrace(2), "Attaching and detaching". Between a stop and its resume there is no `await`.
@globalActor
package actor PtraceThread {
  /// The only one.
  package static let shared = PtraceThread()

  private nonisolated let executor = PinnedThreadExecutor()

  /// The executor that owns the thread.
  package nonisolated var unownedExecutor: UnownedSerialExecutor {
    unsafe executor.asUnownedSerialExecutor()
  }

  /// Runs `body` on the actor and blocks the calling thread until it ends.
  ///
  /// If nothing has run on the actor yet, the calling thread becomes its thread. So a program that
  /// only traces does it on its main thread, where a plain strace sees it. Then every later call
  /// must come from the same thread, and nothing runs on the actor between the calls.
  package nonisolated static func runBlocking<Value: Sendable>(
    _ body: @escaping @PtraceThread @Sendable () -> Value
  ) -> Value {
    let box = Mutex<Value?>(nil)
    let isHost = shared.executor.adoptCallingThread()
    let done = DispatchSemaphore(value: 0)
    Task { @PtraceThread in
      let value = body()
      box.withLock { $0 = value }
      done.signal()
    }
    if isHost {
      while done.wait(timeout: .now()) == .timedOut { shared.executor.runOne() }
    } else {
      done.wait()
    }
    guard let value = box.withLock({ $0 }) else { preconditionFailure("the body gave no value") }
    return value
  }

  /// Runs `body` on a new thread that ends with it, while the actor's own thread waits.
  ///
  /// When that thread ends, the kernel releases the tracees that it seized, without stopping them.
  /// There is no other way to release a task that sleeps in a call which a stop would end.
  @PtraceThread
  package static func runOnThreadOfItsOwn<Value>(_ body: @PtraceThread () -> Value) -> Value {
    var value: Value?
    withoutActuallyEscaping(body) { body in
      // Isolation means that no other thread is active. The isolated thread waits meanwhile.
      let plain = unsafe unsafeBitCast(body, to: (() -> Value).self)
      DeputyThread {
        shared.executor.setDeputy(Tracer.currentTask)
        value = plain()
        shared.executor.setDeputy(nil)
      }.run()
    }
    guard let value else { preconditionFailure("the body gave no value") }
    return value
  }
}

/// A thread that runs one closure and is joined.
private final class DeputyThread {
  private let work: () -> Void

  init(_ work: @escaping () -> Void) { self.work = work }

  func run() {
    var thread = pthread_t()
    let this = unsafe Unmanaged.passUnretained(self).toOpaque()
    let result = unsafe pthread_create(
      &thread, nil,
      { deputy in
        guard let deputy = unsafe deputy else { return nil }
        unsafe Unmanaged<DeputyThread>.fromOpaque(deputy).takeUnretainedValue().work()
        return nil
      }, this)
    precondition(result == 0, "no thread could be made")
    precondition(pthread_join(thread, nil) == 0, "a thread of ours could not be joined")
  }
}

/// A serial executor whose jobs all run on one thread: the thread that adopted it, or one that it
/// starts at the first job.
final class PinnedThreadExecutor: SerialExecutor {
  private struct Jobs {
    var waiting: [UnownedJob] = []
    /// The tid of the thread that adopted the executor.
    var host: TaskID?
    var started = false
    /// The tid of the thread that runs in place of the executor's thread.
    var deputy: TaskID?
  }
  private let jobs = Mutex(Jobs())
  private let ready = DispatchSemaphore(value: 0)

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let mustStart = jobs.withLock { jobs in
      jobs.waiting.append(job)
      defer { jobs.started = true }
      return !jobs.started && jobs.host == nil
    }
    ready.signal()
    if mustStart { start() }
  }

  /// Makes the calling thread the executor's thread, unless it already has another one.
  ///
  /// - Returns: whether the calling thread must run the jobs.
  func adoptCallingThread() -> Bool {
    let caller = Tracer.currentTask
    return jobs.withLock { jobs in
      if jobs.started && jobs.host == nil { return false }
      precondition(jobs.host == nil || jobs.host == caller, "ptrace moved to another thread")
      jobs.host = caller
      return true
    }
  }

  func setDeputy(_ task: TaskID?) { jobs.withLock { $0.deputy = task } }

  /// Called if the runtime does not know that this is the executor's thread.
  func checkIsolated() {
    let deputy = jobs.withLock { $0.deputy }
    precondition(deputy == Tracer.currentTask, "a tracee was touched from another thread")
  }

  /// Runs the next job.
  func runOne() {
    ready.wait()
    let job = jobs.withLock { $0.waiting.removeFirst() }
    unsafe job.runSynchronously(on: asUnownedSerialExecutor())
  }

  private func start() {
    var thread = pthread_t()
    let this = unsafe Unmanaged.passRetained(self).toOpaque()
    let result = unsafe pthread_create(
      &thread, nil,
      { executor in
        guard let executor = unsafe executor else { return nil }
        unsafe Unmanaged<PinnedThreadExecutor>.fromOpaque(executor).takeRetainedValue().run()
      }, this)
    precondition(result == 0, "no thread could be made")
  }

  private func run() -> Never {
    while true { runOne() }
  }
}
