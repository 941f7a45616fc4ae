import CFiniTestSupport
import FiniModel

/// What an independent tracer sees of a task: seized, read, let go, nothing written.
package struct Look: Hashable {
  /// The 27 words of `user_regs_struct`.
  package var registers: [UInt64]
  /// The bytes of `NT_X86_XSTATE`, without XSTATE_BV: a component may leave it whenever it has its
  /// initial values, and the bytes are the same in both cases.
  package var extendedState: [UInt8]
  /// The blocked signals.
  package var mask: UInt64
  /// DR7.
  package var debugControl: UInt64
  /// The status of the stop in which the task was read.
  package var status: UInt32

  /// Reads a task.
  package init(at task: Int32) throws {
    var look = test_look()
    var words = [UInt64](repeating: 0, count: 27)
    var bytes = [UInt8](repeating: 0, count: 65_536)
    let result = test_look_at(task, &look, &words, &bytes)
    guard result == 0 else { throw TestSupportError.setUp("look at \(task): \(result)") }
    registers = words
    extendedState = Array(bytes[0..<Int(look.xstate_size)])
    // Of FXSAVE's 512 bytes those from 416 on are not used by the processor.
    for index in extendedState.count == 512 ? 416..<512 : 512..<520 { extendedState[index] = 0 }
    mask = look.mask
    debugControl = look.debug_control
    status = look.status
  }

  /// One register.
  package subscript(name: Registers.Name) -> UInt64 { registers[name.rawValue] }

  /// The registers that differ, as text for a failing test.
  package func differences(from other: Look) -> [String] {
    Registers.Name.allCases.compactMap { name in
      self[name] == other[name]
        ? nil
        : "\(name.text) \(String(self[name], radix: 16)) not \(String(other[name], radix: 16))"
    }
  }
}

/// The Syscall User Dispatch setting of a task, as an independent tracer reads it: mode, selector,
/// offset, length; `nil` if the kernel can't report it.
package func dispatchSetting(of task: Int32) -> [UInt64]? {
  var setting = [UInt64](repeating: 0, count: 4)
  return test_read_dispatch(task, &setting) == 0 ? setting : nil
}
