private import Dispatch
private import Glibc
private import Synchronization

/// The one thread that may act on tracees.
///
/// ptrace belongs to an OS thread: from any other the kernel answers ESRCH, and when the thread
/// ends its tracees are let go. Everything that touches a tracee is isolated to this actor, whose
/// executor owns one pthread, so a call from elsewhere does not compile. See ptrace(2), "Attaching
/// and detaching". Between a stop and its resume there is no `await`.
@globalActor
public actor PtraceThread {
  /// The only one.
  public static let shared = PtraceThread()

  private nonisolated let executor = PinnedThreadExecutor()

  /// The executor that owns the thread.
  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    unsafe executor.asUnownedSerialExecutor()
  }

  /// Runs `body` on the thread and blocks the calling thread, which must be another, until it ends.
  public nonisolated static func runBlocking<Value: Sendable>(
    _ body: @escaping @PtraceThread @Sendable () -> Value
  ) -> Value {
    let done = DispatchSemaphore(value: 0)
    let box = Mutex<Value?>(nil)
    Task { @PtraceThread in
      let value = body()
      box.withLock { $0 = value }
      done.signal()
    }
    done.wait()
    guard let value = box.withLock({ $0 }) else { preconditionFailure("the body gave no value") }
    return value
  }
}

/// A serial executor whose jobs all run on one pthread, made at the first job.
final class PinnedThreadExecutor: SerialExecutor {
  private struct Jobs {
    var waiting: [UnownedJob] = []
    var started = false
  }
  private let jobs = Mutex(Jobs())
  private let ready = DispatchSemaphore(value: 0)

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let mustStart = jobs.withLock { jobs in
      jobs.waiting.append(job)
      defer { jobs.started = true }
      return !jobs.started
    }
    ready.signal()
    if mustStart { start() }
  }

  private func start() {
    var thread = pthread_t()
    let this = unsafe Unmanaged.passRetained(self).toOpaque()
    let result = unsafe pthread_create(&thread, nil, { executor in
      guard let executor = unsafe executor else { return nil }
      unsafe Unmanaged<PinnedThreadExecutor>.fromOpaque(executor).takeRetainedValue().run()
    }, this)
    precondition(result == 0, "no thread could be made")
  }

  private func run() -> Never {
    while true {
      ready.wait()
      let job = jobs.withLock { $0.waiting.removeFirst() }
      unsafe job.runSynchronously(on: asUnownedSerialExecutor())
    }
  }
}
