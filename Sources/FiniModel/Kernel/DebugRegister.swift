/// The debug registers as `PTRACE_POKEUSER` addresses them: DRn at 848 + 8 n in `struct user` on x86-64.
package enum DebugRegister {
  /// The offset of DR0 in `struct user`.
  package static let firstOffset: UInt64 = 848
  /// The number of DR6, the status register.
  package static let status = 6
  /// The number of DR7, the control register.
  package static let control = 7

  /// The offset of a debug register.
  package static func offset(_ number: Int) -> UInt64 { firstOffset + 8 * UInt64(number) }

  /// Which debug register an offset means, or `nil` for another word of `struct user`.
  package static func number(at offset: UInt64) -> Int? {
    guard offset >= firstOffset, offset < firstOffset + 64, offset % 8 == 0 else { return nil }
    return Int((offset - firstOffset) / 8)
  }

  /// The meaning of a write into a debug register.
  package enum Write: Hashable, Sendable {
    /// DR0 ... DR3: the address at which a breakpoint is to fire once DR7 enables it.
    case address(slot: Int, RemoteAddress)
    /// DR7: which of them are enabled.
    case control(DebugControl)
    /// DR6, or the reserved DR4 and DR5. It neither arms nor disarms a breakpoint.
    case status(UInt64)

    /// Decodes the number of a register and the word written to it.
    package init(number: Int, value: UInt64) {
      switch number {
      case 0...3: self = .address(slot: number, RemoteAddress(value))
      case DebugRegister.control: self = .control(DebugControl(rawValue: value))
      default: self = .status(value)
      }
    }
  }
}

/// DR7, the debug control register: which of the four breakpoints are enabled, and on what they
/// fire.
///
/// Bits 0 ... 7 are a local and a global enable bit for each breakpoint; Linux accepts either
/// (Intel SDM, volume 3, 18.2.4).
package struct DebugControl: RawRepresentable, Hashable, Sendable {
  /// The word.
  package var rawValue: UInt64

  /// Wraps a word.
  package init(rawValue: UInt64) { self.rawValue = rawValue }

  /// Nothing is enabled.
  package static let disarmed = DebugControl(rawValue: 0)
  /// DR0 for execution: only its local bit. Type and length are zero, which is "execution, one
  /// byte".
  package static let armed = DebugControl(rawValue: 1)

  /// Whether the breakpoint at the address in DR0 is enabled: the one that CRIU and fini-trace set.
  package var isArmed: Bool { enables(0) }

  /// Whether a breakpoint is enabled, by either of its bits.
  package func enables(_ slot: Int) -> Bool { rawValue >> (2 * UInt64(slot)) & 0b11 != 0 }

  /// The eight enable bits. The processor may set other bits.
  package var enabled: UInt64 { rawValue & 0xff }

  /// Whether any of the four is.
  package var enablesAny: Bool { enabled != 0 }

  /// The same without the first breakpoint: its enabling bits, its condition and its length.
  package var withoutFirst: DebugControl { DebugControl(rawValue: rawValue & ~0xf_0003) }
}
