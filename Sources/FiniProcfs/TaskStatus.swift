package import FiniModel

/// `/proc/<tid>/status` as a value; see proc_pid_status(5).
package struct TaskStatus: Sendable {
  /// `Name`, without the escapes of the kernel.
  package var name = ""
  /// The letter of `State`: R, S, D, T, t, Z, X, I.
  package var state: UInt8 = 0
  /// `Tgid`.
  package var process = TaskID(0)
  /// `Pid`.
  package var task = TaskID(0)
  /// `PPid`.
  package var parent = TaskID(0)
  /// `TracerPid`; zero for none.
  package var tracer = TaskID(0)
  /// The last number of `NSpid`: the task in its innermost pid namespace.
  package var innermostTask = TaskID(0)
  /// The effective user id.
  package var effectiveUser: UInt32 = 0
  /// `Threads`.
  package var threads = 0
  /// `Umask`; `nil` before Linux 4.7.
  package var umask: UInt32?
  /// Whether there is `VmSize`: a kernel thread and a zombie have none.
  package var hasMemory = false
  /// `VmLck`, in bytes.
  package var lockedBytes: UInt64 = 0
  /// `SigPnd`, `ShdPnd`, `SigBlk`.
  package var sets = SignalSets(pending: .empty, sharedPending: .empty, blocked: .empty)
  /// `SigIgn`.
  package var ignored = SignalSet.empty
  /// `SigCgt`.
  package var caught = SignalSet.empty
  /// `Seccomp`: 0 off, 1 strict, 2 filter.
  package var seccomp = 0
  /// `voluntary_ctxt_switches`: how often it went to sleep.
  package var voluntarySwitches: UInt64 = 0
  /// `CapEff`.
  package var effectiveCapabilities: UInt64 = 0

  /// Reads a task's status.
  ///
  /// - Throws: ENOENT or ESRCH if there is no such task.
  package init(of task: TaskID) throws(Errno) {
    self.init(parsing: try ProcFile.read("/proc/\(task)/status"))
  }

  /// Reads text in the format of the file; what is missing keeps its default.
  package init(parsing bytes: [UInt8]) {
    for line in bytes.split(separator: UInt8(ascii: "\n")) {
      guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
      let key = String(decoding: line[line.startIndex..<colon], as: UTF8.self)
      let rest = line[line.index(after: colon)...]
      if key == "Name" {
        name = TaskStatus.unescaped(rest.drop { $0 == UInt8(ascii: "\t") })
        continue
      }
      let words = rest.split { $0 == 0x20 || $0 == 0x09 }.map {
        String(decoding: $0, as: UTF8.self)
      }
      guard let first = words.first else { continue }
      take(key, first, words)
    }
  }

  /// A line feed is written as `\n` there, a backslash as `\\`; see proc_task_name() in the kernel.
  private static func unescaped(_ bytes: ArraySlice<UInt8>) -> String {
    guard bytes.contains(UInt8(ascii: "\\")) else { return String(decoding: bytes, as: UTF8.self) }
    var name: [UInt8] = []
    var rest = bytes
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "\\"), let escaped = rest.first else {
        name.append(byte)
        continue
      }
      switch escaped {
      case UInt8(ascii: "n"): name.append(0x0a)
      case byte: name.append(byte)
      default:
        name.append(byte)
        continue
      }
      rest.removeFirst()
    }
    return String(decoding: name, as: UTF8.self)
  }

  private mutating func take(_ key: String, _ first: String, _ words: [String]) {
    switch key {
    case "State": state = first.utf8.first ?? 0
    case "Tgid": process = TaskID(Int32(first) ?? 0)
    case "Pid": task = TaskID(Int32(first) ?? 0)
    case "PPid": parent = TaskID(Int32(first) ?? 0)
    case "TracerPid": tracer = TaskID(Int32(first) ?? 0)
    case "NSpid": innermostTask = TaskID(Int32(words.last ?? "") ?? 0)
    case "Uid": effectiveUser = words.count > 1 ? UInt32(words[1]) ?? 0 : 0
    case "Threads": threads = Int(first) ?? 0
    case "Umask": umask = UInt32(first, radix: 8)
    case "VmSize": hasMemory = true
    case "VmLck": lockedBytes = (UInt64(first) ?? 0) * 1024
    case "SigPnd": sets.pending = TaskStatus.set(first)
    case "ShdPnd": sets.sharedPending = TaskStatus.set(first)
    case "SigBlk": sets.blocked = TaskStatus.set(first)
    case "SigIgn": ignored = TaskStatus.set(first)
    case "SigCgt": caught = TaskStatus.set(first)
    case "Seccomp": seccomp = Int(first) ?? 0
    case "voluntary_ctxt_switches": voluntarySwitches = UInt64(first) ?? 0
    case "CapEff": effectiveCapabilities = UInt64(first, radix: 16) ?? 0
    default: break
    }
  }

  private static func set(_ hex: String) -> SignalSet {
    SignalSet(rawValue: UInt64(hex, radix: 16) ?? 0)
  }
}

extension TaskIdentity {
  /// Reads the identity of a task.
  ///
  /// - Throws: ENOENT or ESRCH if there is no such task.
  package init(reading task: TaskID) throws(Errno) {
    let status = try TaskStatus(of: task)
    self.init(
      task: task, group: status.process, startTicks: try TaskStat(of: task).startTicks,
      name: status.name)
  }
}
