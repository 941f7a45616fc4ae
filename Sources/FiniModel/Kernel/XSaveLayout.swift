/// Parts of the extended state, by their bits in XCR0 and XSTATE_BV: XSAVE's state components.
package struct XSaveComponents: OptionSet, Hashable, Sendable {
  /// The bits.
  package var rawValue: UInt64

  /// Wraps bits, known or not.
  package init(rawValue: UInt64) { self.rawValue = rawValue }
  /// A literal, without the generic calls of `SetAlgebra`: they take 50 us the first time, which
  /// may be while a task is stopped.
  package init(arrayLiteral elements: XSaveComponents...) {
    rawValue = elements.reduce(0) { $0 | $1.rawValue }
  }

  /// The x87 registers with their control and status words.
  package static let x87 = XSaveComponents(rawValue: 1 << 0)
  /// xmm0 to xmm15, and MXCSR.
  package static let sse = XSaveComponents(rawValue: 1 << 1)
  /// The upper halves of ymm0 to ymm15.
  package static let avx = XSaveComponents(rawValue: 1 << 2)
  /// The user's protection-key rights, which rdpkru(1) reads.
  package static let pkru = XSaveComponents(rawValue: 1 << UInt64(pkruNumber))
  /// The number of the bit of ``pkru``.
  package static let pkruNumber = 9
  /// AMX: the contents of the tile registers.
  package static let tileData = XSaveComponents(rawValue: 1 << 18)

  /// The part that every sigframe has: the legacy area at its start.
  package static let legacy: XSaveComponents = [.x87, .sse]

  /// Every bit.
  package static let everything = XSaveComponents(rawValue: .max)

  /// The names in files and reports; a bit without a name here is `xstate-N`.
  package var names: [String] {
    (0..<64).filter { rawValue >> UInt64($0) & 1 == 1 }.map { bit in
      XSaveComponents.known.indices.contains(bit) && !XSaveComponents.known[bit].isEmpty
        ? XSaveComponents.known[bit] : "xstate-\(bit)"
    }
  }

  private static let known = [
    "x87", "sse", "avx", "", "", "opmask", "zmm-high", "zmm16-31", "", "pkru", "", "", "", "", "",
    "", "", "tile-config", "tile-data", "apx",
  ]
}

/// The places of the components in an XSAVE area of the standard (not compacted) format, which
/// `NT_X86_XSTATE` and a sigframe have.
///
/// The offsets and sizes come from the processor (CPUID leaf 0xD), in no guaranteed order.
/// SigframeTests has the layouts of several processors.
package struct XSaveLayout: Sendable {
  /// The x87 and SSE registers, and the words reserved for software: the area of FXSAVE.
  package static let legacyByteCount = 512
  /// The legacy area and the header: the smallest area that XSAVE writes.
  package static let smallestByteCount = 576
  /// The offset of XSTATE_BV: the components that are not in their initial state.
  package static let inUseOffset = 512

  /// The bytes of one component.
  package struct Extent: Hashable, Sendable {
    /// From the start of the area, in bytes.
    package var offset: Int
    /// In bytes; zero for a component that this processor does not have.
    package var byteCount: Int

    package init(offset: Int, byteCount: Int) {
      self.offset = offset
      self.byteCount = byteCount
    }
  }

  private var extents = InlineArray<64, Extent>(repeating: Extent(offset: 0, byteCount: 0))

  /// The layout of a processor that has only x87 and SSE.
  package init() {}

  /// The place of a component above SSE, by its bit number.
  package subscript(component: Int) -> Extent {
    get { extents[component] }
    set {
      precondition((2..<64).contains(component), "x87 and SSE have their place in the legacy area")
      extents[component] = newValue
    }
  }

  /// The size that an area needs for these components, in bytes.
  package func byteCount(for components: XSaveComponents) -> Int {
    var end = XSaveLayout.smallestByteCount
    for component in 2..<64 where components.rawValue >> UInt64(component) & 1 == 1 {
      end = max(end, extents[component].offset + extents[component].byteCount)
    }
    return end
  }

  /// The components that the sigframe of a task should claim to have.
  ///
  /// A claim larger than the area that the kernel made for this task is not reported as an error:
  /// the kernel then restores only x87 and SSE, and sets everything else to its initial state.
  /// Which components that area has differs between tasks (tile data only after the first use of a
  /// tile), and no request reports it. But a component in use is in that area, and one that is not
  /// claimed becomes initial, as it was.
  ///
  /// - Parameter inUse: the task's XSTATE_BV.
  package static func claim(inUse: XSaveComponents) -> XSaveComponents {
    // MXCSR is restored only with SSE. It can differ from its initial value even if XSTATE_BV has
    // neither bit.
    inUse.union(.legacy)
  }
}
