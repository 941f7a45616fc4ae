import FiniPtrace
import FiniTestSupport
import Foundation
import Testing

@Suite("The life lock")
struct LifeLockTests {
  @Test("The kernel marks its word when the thread that holds it dies, and not before")
  func ownerDied() throws {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: 64, alignment: 64)
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: 64)
    nonisolated(unsafe) let lock = memory
    // FUTEX_OWNER_DIED and the mask of the tid, from linux/futex.h.
    let held = onAnotherThread { () -> (Int64, UInt32, Int32) in
      let result = lifeLock(lock)
      return (result, lock.load(as: UInt32.self), Doors.ownTask)
    }
    #expect(held?.0 == 0)
    #expect(held.map { $0.1 & 0x4000_0000 } == 0)
    #expect(held.map { Int32($0.1 & 0x3fff_ffff) } == held?.2)
    try eventually("FUTEX_OWNER_DIED", seeing: { lock.load(as: UInt32.self) }) {
      $0 & 0x4000_0000 != 0
    }
    // The memory stays mapped: the dead thread's list pointed into it.
  }

  @Test("It is zero after it was unlocked")
  @PtraceThread func unlocked() {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: 64, alignment: 64)
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: 64)
    #expect(lifeLock(memory) == 0)
    #expect(memory.load(as: UInt32.self) != 0)
    #expect(lifeUnlock(memory) == 0)
    #expect(memory.load(as: UInt32.self) == 0)
    memory.deallocate()
  }
}
