import CFiniTestSupport
import Foundation

/// A task with a directory below `/proc`.
package protocol InProc {
  /// Its number.
  var pid: Int32 { get }
}

extension LiveProcess: InProc {}

/// A process or a thread that the test did not start itself.
package struct OtherTask: InProc {
  /// Its number.
  package let pid: Int32

  /// Names a task.
  package init(pid: Int32) { self.pid = pid }
}

/// The contents of `/proc`, read by the tests' own code, never by FiniProcfs.
extension InProc {
  /// A file of it below `/proc`, whole.
  package func procText(_ name: String) -> String { readWhole("/proc/\(pid)/\(name)") }

  /// A field of its status, without the blanks around it; empty if there is none.
  package func status(_ key: String) -> String { statusField(of: pid, key) }

  /// The letter of its state, `X` when it is gone.
  package var state: Character { status("State").first ?? "X" }

  /// Waits until its state is one of these; ``settle(in:within:)`` throws where it stays another.
  package func reaches(_ letters: Set<Character>, within timeout: Int = 10_000) -> Bool {
    let end = test_milliseconds() + UInt64(timeout)
    while !letters.contains(state) {
      if test_milliseconds() >= end { return false }
      usleep(300)
    }
    return true
  }

  /// Its mappings, line by line.
  package var maps: [String] {
    procText("maps").split(separator: "\n").map(String.init)
  }

  /// Its descriptors and what they are.
  package var descriptors: [String: String] {
    let directory = "/proc/\(pid)/fd"
    let numbers = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
    var found: [String: String] = [:]
    for number in numbers {
      found[number] = try? FileManager.default.destinationOfSymbolicLink(
        atPath: directory + "/" + number)
    }
    return found
  }

  /// The bytes of its executable mappings, hashed each, by the line that describes it.
  package var codeHashes: [String: UInt64] {
    guard let memory = FileHandle(forReadingAtPath: "/proc/\(pid)/mem") else { return [:] }
    defer { try? memory.close() }
    var hashes: [String: UInt64] = [:]
    for line in maps where line.contains(" r-xp ") || line.contains(" rwxs ") {
      guard !line.hasSuffix("[vsyscall]") else { continue }
      let bounds = line.prefix { $0 != " " }.split(separator: "-").compactMap {
        UInt64($0, radix: 16)
      }
      guard bounds.count == 2 else { continue }
      try? memory.seek(toOffset: bounds[0])
      let bytes = (try? memory.read(upToCount: Int(bounds[1] - bounds[0]))) ?? Data()
      hashes[line] = bytes.withUnsafeBytes { bytes in
        var hash: UInt64 = 14_695_981_039_346_656_037
        for word in bytes.bindMemory(to: UInt64.self) { hash = (hash ^ word) &* 1_099_511_628_211 }
        return hash
      }
    }
    return hashes
  }

  /// The processes that its leader made and has not waited for.
  package var children: [Int32] {
    procText("task/\(pid)/children").split(separator: " ").compactMap { Int32($0) }
  }

  /// The tids of its threads, in the order in which they were made. A tid that is smaller than the
  /// leader's was given after the kernel had started again with small numbers.
  package var threads: [Int32] {
    let names = try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task")
    return (names ?? []).compactMap { Int32($0) }.sorted {
      ($0 < pid ? 1 : 0, $0) < ($1 < pid ? 1 : 0, $1)
    }
  }
}

/// A field of a task's status, without the blanks around it.
package func statusField(of task: Int32, _ key: String) -> String {
  for line in readWhole("/proc/\(task)/status").split(separator: "\n") {
    guard line.hasPrefix(key + ":") else { continue }
    return line.dropFirst(key.count + 1).trimmingCharacters(in: .whitespaces)
  }
  return ""
}

/// A file as text, empty if it cannot be read. Files of `/proc` have no size: they are read to the end.
package func readWhole(_ path: String) -> String {
  guard let file = FileHandle(forReadingAtPath: path) else { return "" }
  defer { try? file.close() }
  return String(decoding: (try? file.readToEnd()) ?? Data(), as: UTF8.self)
}
