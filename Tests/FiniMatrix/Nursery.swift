import Dispatch
import FiniTestSupport
import Foundation
import Synchronization

/// The thread that is the parent of all victims.
final class Nursery: Sendable {
  /// The only one.
  static let shared = Nursery()

  /// It is passed from one thread to the other, never shared.
  private final class Box: @unchecked Sendable {
    let made: Result<LiveProcess, any Error>
    init(_ made: Result<LiveProcess, any Error>) { self.made = made }
  }
  private typealias Wish = (guest: Guest, orders: [String])
  private let wish = Mutex<Wish?>(nil)
  private let child = Mutex<Box?>(nil)
  private let asked = DispatchSemaphore(value: 0)
  private let answered = DispatchSemaphore(value: 0)

  private init() {
    Thread.detachNewThread { [self] in
      while true {
        asked.wait()
        guard let wish = wish.withLock({ $0 }) else { continue }
        let made = Result<LiveProcess, any Error> {
          try startVictim(
            wish.guest.name, wish.guest.arguments, settled: wish.guest.rest, orders: wish.orders)
        }
        let box = Box(made)
        child.withLock { $0 = box }
        answered.signal()
      }
    }
  }

  /// Starts a victim and waits until it has reached its call.
  func start(_ guest: Guest, orders: [String]) throws -> LiveProcess {
    wish.withLock { $0 = (guest, orders) }
    asked.signal()
    answered.wait()
    let box = child.withLock { $0 }
    child.withLock { $0 = nil }
    guard let box else { preconditionFailure("the nursery gave nothing") }
    return try box.made.get()
  }
}
