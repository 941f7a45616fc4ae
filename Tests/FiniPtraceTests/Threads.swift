import Foundation
import Synchronization

/// Runs the body on a new thread that ends with it.
func onAnotherThread<Value: Sendable>(_ body: @escaping @Sendable () -> Value) -> Value? {
  let box = Mutex<Value?>(nil)
  let done = DispatchSemaphore(value: 0)
  let thread = Thread {
    let value = body()
    box.withLock { $0 = value }
    done.signal()
  }
  thread.start()
  done.wait()
  return box.withLock { $0 }
}
