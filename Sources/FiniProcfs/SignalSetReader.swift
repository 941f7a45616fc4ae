private import Glibc
package import FiniModel

/// Reads the signal sets of one task again and again without allocating.
///
/// It keeps `/proc/<tid>/status` open and reads it at each stop. That takes a few microseconds;
/// opening it and parsing all of it takes several times as long.
@safe package final class SignalSetReader {
  /// The sets and the state of one read.
  package struct Reading: Sendable {
    /// The letter of `State`.
    package var state: UInt8
    /// Pending and blocked.
    package var sets: SignalSets
    /// `SigIgn`.
    package var ignored: SignalSet
    /// `SigCgt`.
    package var caught: SignalSet
    /// `Umask`; `nil` before Linux 4.7.
    package var umask: UInt32?
    /// Whether a seccomp mode is on: `Seccomp` is not 0.
    package var isUnderSeccomp: Bool
  }

  private let descriptor: Int32
  private let buffer: UnsafeMutableRawBufferPointer

  /// Opens a task's status.
  ///
  /// - Throws: the error of open(2).
  package init(_ task: TaskID) throws(Errno) {
    descriptor = unsafe open("/proc/\(task)/status", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Errno(rawValue: errno) }
    unsafe buffer = .allocate(byteCount: 8192, alignment: 8)
  }

  deinit {
    close(descriptor)
    unsafe buffer.deallocate()
  }

  /// Reads once; `nil` if the task is gone.
  package func read() -> Reading? {
    let count = unsafe pread(descriptor, buffer.baseAddress, buffer.count, 0)
    guard count > 0 else { return nil }
    guard let state = find("State:", from: 0, count),
      let pending = find("SigPnd:", from: state, count)
    else { return nil }
    var at = pending
    let first = hexadecimal(&at, count)
    let second = nextLine(&at, count)
    let third = nextLine(&at, count)
    let fourth = nextLine(&at, count)
    let fifth = nextLine(&at, count)
    // In the order of the file: the umask comes before the state, seccomp after the sets.
    let umask = find("Umask:", from: 0, state).map { octal($0, count) }
    let seccomp = find("Seccomp:", from: at, count).map { unsafe buffer[$0] != 0x30 }
    return unsafe Reading(
      state: buffer[state],
      sets: SignalSets(
        pending: SignalSet(rawValue: first), sharedPending: SignalSet(rawValue: second),
        blocked: SignalSet(rawValue: third)),
      ignored: SignalSet(rawValue: fourth), caught: SignalSet(rawValue: fifth), umask: umask,
      isUnderSeccomp: seccomp ?? false)
  }

  /// The index of the first byte after `key` and a tab.
  private func find(_ key: StaticString, from start: Int, _ count: Int) -> Int? {
    let length = key.utf8CodeUnitCount
    var index = start
    while index + length < count {
      // A key begins a line. A task's name can't fake one: the kernel escapes line feeds.
      let beginsLine = unsafe index == 0 || buffer[index - 1] == 0x0a
      if beginsLine {
        var matched = 0
        while unsafe matched < length && buffer[index + matched] == key.utf8Start[matched] {
          matched += 1
        }
        if matched == length { return index + length + 1 }
      }
      index += 1
    }
    return nil
  }

  private func nextLine(_ at: inout Int, _ count: Int) -> UInt64 {
    while unsafe at < count && buffer[at] != 0x09 { at += 1 }
    at += 1
    return hexadecimal(&at, count)
  }

  private func octal(_ start: Int, _ count: Int) -> UInt32 {
    var value: UInt32 = 0
    var at = start
    while at < count {
      let digit = unsafe buffer[at]
      guard case 0x30...0x37 = digit else { break }
      value = value << 3 | UInt32(digit & 7)
      at += 1
    }
    return value
  }

  private func hexadecimal(_ at: inout Int, _ count: Int) -> UInt64 {
    var value: UInt64 = 0
    while at < count {
      let digit = unsafe buffer[at]
      switch digit {
      case 0x30...0x39: value = value << 4 | UInt64(digit - 0x30)
      case 0x61...0x66: value = value << 4 | UInt64(digit - 0x61 + 10)
      default: return value
      }
      at += 1
    }
    return value
  }
}
