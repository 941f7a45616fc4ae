import FiniTestSupport
import Foundation

/// What can be seen of a victim from outside, without a tracer.
struct Portrait {
  var status: [String: String]
  var maps: [String]
  var descriptors: [String: String]
  /// `/proc/<tid>/syscall`: the call it waits in, its arguments, stack pointer and program counter.
  var call: String

  init(of victim: LiveProcess, task: Int32) {
    status = [:]
    for line in readWhole("/proc/\(victim.pid)/task/\(task)/status").split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 1)
      if parts.count == 2 {
        status[String(parts[0])] = parts[1].trimmingCharacters(in: .whitespaces)
      }
    }
    maps = victim.maps
    descriptors = victim.descriptors
    let state = victim.status("State")
    call = Portrait.certain(
      readWhole("/proc/\(victim.pid)/task/\(task)/syscall"), isStopped: state.first == "T")
  }

  /// The call of a task without what the kernel forgets: for a stopped 32-bit task, that the call
  /// is a 32-bit one, so that other registers are shown as its arguments (docs/Decisions/0013).
  private static func certain(_ call: String, isStopped: Bool) -> String {
    let words = call.split(separator: " ")
    guard isStopped, words.count == 9, words[8].dropLast().count <= 10 else { return call }
    return "\(words[0]) ... \(words[7]) \(words[8])"
  }

  /// Fields of the status that must not change.
  static let constant = ["SigBlk", "SigIgn", "SigCgt", "Threads", "Uid", "Umask", "Seccomp"]

  /// The differences from an earlier portrait of the same victim.
  func differences(from before: Portrait, isStill: Bool) -> [String] {
    var found: [String] = []
    for key in Portrait.constant where status[key] != before.status[key] {
      found.append("\(key) is \(status[key] ?? "?"), was \(before.status[key] ?? "?")")
    }
    if status["TracerPid"] != "0" { found.append("TracerPid is \(status["TracerPid"] ?? "?")") }
    if maps != before.maps {
      let more = Set(maps).subtracting(before.maps)
      let fewer = Set(before.maps).subtracting(maps)
      found.append("mappings: new \(more.sorted()), gone \(fewer.sorted())")
    }
    if descriptors != before.descriptors {
      found.append("descriptors are \(descriptors), were \(before.descriptors)")
    }
    if isStill, call != before.call {
      found.append("it waits in \(call.dropLast()), was in \(before.call.dropLast())")
    }
    return found
  }

  /// The differences from the twin.
  func differences(fromTwin twin: Portrait) -> [String] {
    var found: [String] = []
    for key in Portrait.constant where status[key] != twin.status[key] {
      found.append("\(key) is \(status[key] ?? "?"), the twin's is \(twin.status[key] ?? "?")")
    }
    for key in ["SigPnd", "ShdPnd"] where pending(key) != twin.pending(key) {
      found.append("\(key) is \(status[key] ?? "?"), the twin's is \(twin.status[key] ?? "?")")
    }
    if maps.count != twin.maps.count { found.append("more or fewer mappings than the twin") }
    if descriptors.keys != twin.descriptors.keys { found.append("other descriptors than the twin") }
    return found
  }

  /// Without the signals that are ignored: the kernel keeps them pending for a traced task, and
  /// discards them as soon as the task runs.
  private func pending(_ key: String) -> UInt64 {
    func word(_ key: String) -> UInt64 { UInt64(status[key] ?? "", radix: 16) ?? 0 }
    let ignoredByDefault: UInt64 = 1 << 16 | 1 << 17 | 1 << 22 | 1 << 27
    // And another SIGSTOP for a stopped process stays in the queue, unless a tracer takes it out.
    let another: UInt64 = status["State"]?.first == "T" ? 1 << 18 : 0
    return word(key) & ~(ignoredByDefault & ~word("SigCgt")) & ~word("SigIgn") & ~another
  }
}

/// The bytes of a process's executable mappings.
func codeBytes(of victim: LiveProcess) -> [Data] {
  guard let memory = FileHandle(forReadingAtPath: "/proc/\(victim.pid)/mem") else { return [] }
  defer { try? memory.close() }
  var all: [Data] = []
  for line in victim.maps where line.contains(" r-xp ") || line.contains(" rwxs ") {
    guard !line.hasSuffix("[vsyscall]") else { continue }
    let bounds = line.prefix { $0 != " " }.split(separator: "-").compactMap {
      UInt64($0, radix: 16)
    }
    guard bounds.count == 2 else { continue }
    try? memory.seek(toOffset: bounds[0])
    all.append((try? memory.read(upToCount: Int(bounds[1] - bounds[0]))) ?? Data())
  }
  return all
}
