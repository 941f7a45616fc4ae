import CFiniTestSupport

/// What is seen of a process, fact by fact, in words that are equal for two processes that were
/// treated alike; see CFiniTestSupport.h.
package struct Facts: Equatable, Sendable {
  /// The facts by their keys; a key with several lines has all of them.
  package private(set) var values: [String: String] = [:]

  /// What `/proc` shows of a process and one task of it.
  package init(of process: Int32, task: Int32) {
    take { test_portrait(process, task, $0, $1) }
  }

  /// What a tracer sees of a task: it is seized, read and let go.
  package init(within task: Int32) throws {
    var status: UInt32 = 0
    let result = take { test_inner_portrait(task, $0, $1, &status) }
    guard result >= 0 else { throw TestSupportError.setUp("look at \(task): \(result)") }
    // A signal that it sent to itself has another sender in its twin.
    for key in values.keys where key.hasPrefix("pending") {
      values[key] = values[key]?.replacing(" \(task) ", with: " self ")
    }
  }

  /// One fact.
  package subscript(key: String) -> String? { values[key] }

  /// Whether the process is only waiting for its parent. A leader may be so for a moment while
  /// another thread calls execve: then the process still has threads.
  package var isOver: Bool {
    guard let letter = values["State"]?.first else { return true }
    if letter == "Z", let threads = values["Threads"].flatMap({ Int($0) }), threads > 1 {
      return false
    }
    return letter == "Z" || letter == "X" || letter == "g"
  }

  /// Whether the process is stopped.
  package var isStopped: Bool { values["State"]?.first == "T" }

  /// These facts with others.
  package func with(_ others: Facts) -> Facts {
    var sum = self
    sum.values.merge(others.values) { _, new in new }
    return sum
  }

  @discardableResult
  private mutating func take(_ read: (UnsafeMutablePointer<CChar>, UInt64) -> Int64) -> Int64 {
    let room = 1 << 20
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: room) { buffer in
      guard let start = buffer.baseAddress else { return -12 }
      let size = read(start, UInt64(room))
      guard size > 0 else { return size }
      let bytes = UnsafeRawBufferPointer(start: start, count: Int(size))
      for line in bytes.split(separator: 0x0a) {
        guard let tab = line.firstIndex(of: 0x09) else { continue }
        let key = String(decoding: line[line.startIndex..<tab], as: UTF8.self)
        let value = String(decoding: line[line.index(after: tab)...], as: UTF8.self)
        values[key] = values[key].map { $0 + "\n" + value } ?? value
      }
      return size
    }
  }
}

extension Doors {
  /// Programs started from now on have their mappings at the same addresses, and write no core
  /// files.
  package static func prepareForTwins() {
    precondition(test_fix_addresses() == 0 && test_forbid_cores() == 0, "personality or rlimit")
  }

  /// How many descriptors this process has open.
  package static var openDescriptors: Int32 { test_count_descriptors() }

  /// Takes a blocked signal that is pending for this process; whether there was one.
  @discardableResult
  package static func takeSignal(_ number: Int32) -> Bool { test_take_signal(number) == 1 }

  /// Actions on a socket of another process.
  package enum Meddling: Sendable {
    case shut, rubbish
  }

  /// Runs the action; returns a negated error number if it fails.
  @discardableResult
  package static func meddle(_ meddling: Meddling, _ process: Int32, socket: Int32) -> Int32 {
    test_meddle(
      process, socket, Int32(meddling == .shut ? TEST_SOCKET_SHUT : TEST_SOCKET_RUBBISH))
  }

  /// What a faulty tracer would leave in a task.
  package enum Damage: String, CaseIterable, Sendable {
    case register, vector, mask, debug, text
  }

  /// Damages a task.
  package static func damage(_ task: Int32, _ damage: Damage) throws {
    let kinds: [Damage: Int] = [
      .register: TEST_DAMAGE_REGISTER, .vector: TEST_DAMAGE_VECTOR, .mask: TEST_DAMAGE_MASK,
      .debug: TEST_DAMAGE_DEBUG, .text: TEST_DAMAGE_TEXT,
    ]
    let result = test_damage(task, Int32(kinds[damage] ?? 0))
    guard result == 0 else { throw TestSupportError.setUp("damage: \(result)") }
  }
}
