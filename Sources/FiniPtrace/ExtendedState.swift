internal import CFiniPtrace
package import FiniModel

extension XSaveLayout {
  /// The layout of the processors of this machine; asked for once, because in a virtual machine each CPUID leaves it.
  package static let ofThisMachine: XSaveLayout = {
    var layout = XSaveLayout()
    for component in 2..<64 {
      var (offset, size): (UInt32, UInt32) = (0, 0)
      unsafe fini_xsave_component(UInt32(component), &offset, &size)
      layout[component] = Extent(offset: Int(offset), byteCount: Int(size))
    }
    return layout
  }()
}

/// A buffer for a task's extended state (x87, SSE, AVX, ...), allocated before the task is stopped.
@PtraceThread
@safe package final class ExtendedState {
  /// The format of the bytes, and with it the requests that read and write them.
  package enum Form: Hashable, Sendable {
    /// An XSAVE area that is not compacted: `NT_X86_XSTATE`.
    case xsave
    /// The 512 bytes of FXSAVE, if the kernel has no XSAVE: `PTRACE_GETFPREGS`.
    case fxsave
  }

  /// The format of the bytes.
  package private(set) var form: Form
  /// Bytes in use.
  package private(set) var byteCount = 0
  /// The offsets of the components.
  package let layout: XSaveLayout
  private let buffer: UnsafeMutableRawBufferPointer

  /// Makes a buffer that is large enough for any task of this machine.
  package convenience init() {
    self.init(
      form: fini_xsave_is_on() != 0 ? .xsave : .fxsave, layout: .ofThisMachine,
      capacity: Int(fini_xsave_byte_count()))
  }

  /// Makes a state from bytes.
  ///
  /// - Parameter bytes: an area in the given form and layout.
  package convenience init(form: Form, layout: XSaveLayout, bytes: [UInt8]) {
    self.init(form: form, layout: layout, capacity: bytes.count)
    unsafe buffer.copyBytes(from: bytes)
    byteCount = bytes.count
  }

  private init(form: Form, layout: XSaveLayout, capacity: Int) {
    self.form = form
    self.layout = layout
    // One page more than CPUID says: an area that fills all of it was cut short.
    let page = 4096
    unsafe buffer = .allocate(byteCount: (capacity + page) / page * page + page, alignment: 64)
    _ = unsafe buffer.initializeMemory(as: UInt8.self, repeating: 0)
  }

  isolated deinit { unsafe buffer.deallocate() }

  // MARK: the kernel

  /// Reads a task's state in the present format. ENODEV if the kernel does not have that format.
  func fill(_ tracee: TaskID) -> Int64 {
    switch form {
    case .xsave:
      let capacity = unsafe buffer.count
      var size = UInt64(capacity)
      let result = unsafe fini_get_regset(
        tracee.rawValue, RegisterSet.extendedState, buffer.baseAddress, &size)
      if result >= 0 { byteCount = Int(size) }
      precondition(byteCount < capacity, "the extended state is larger than CPUID says")
      return result
    case .fxsave:
      let result = unsafe fini_get_fpregs(tracee.rawValue, buffer.baseAddress)
      if result >= 0 { byteCount = XSaveLayout.legacyByteCount }
      return result
    }
  }

  /// Gives a task this state.
  func write(to tracee: TaskID) -> Int64 {
    switch form {
    case .xsave:
      return unsafe fini_set_regset(
        tracee.rawValue, RegisterSet.extendedState, buffer.baseAddress, UInt64(byteCount))
    case .fxsave:
      return unsafe fini_set_fpregs(tracee.rawValue, buffer.baseAddress)
    }
  }

  /// Uses the other format from now on: the kernel has refused `NT_X86_XSTATE`.
  func doWithoutXSave() { form = .fxsave }

  // MARK: the bytes

  /// Calls `body` with the bytes.
  package func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    let used = unsafe UnsafeRawBufferPointer(rebasing: buffer[0..<byteCount])
    return unsafe body(used)
  }

  /// A 64-bit digest of the bytes (FNV-1a over words): equal states have equal digests.
  ///
  /// XSTATE_BV is not part of it. It says which components are not in their initial state, and the
  /// processor may drop that information at any save (see XINUSE in the processor's manual). For a
  /// component without its bit the kernel returns the initial values.
  package var digest: UInt64 {
    var digest: UInt64 = 0xcbf2_9ce4_8422_2325
    var offset = 0
    while offset + 8 <= byteCount {
      let isInUseBits = offset == XSaveLayout.inUseOffset
      let word = isInUseBits ? 0 : unsafe buffer.load(fromByteOffset: offset, as: UInt64.self)
      digest = (digest ^ word) &* 0x100_0000_01b3
      digest ^= digest >> 29
      offset += 8
    }
    return digest
  }

  /// The components that are not in their initial state, by XSTATE_BV.
  package var inUse: XSaveComponents {
    guard form == .xsave, byteCount >= XSaveLayout.smallestByteCount else { return .legacy }
    return XSaveComponents(
      rawValue: unsafe buffer.load(fromByteOffset: XSaveLayout.inUseOffset, as: UInt64.self))
  }

  /// Whether the task may have protection-key rights that are not in these bytes.
  ///
  /// After an execve the kernel gives a task its initial rights, which are not those of the
  /// processor (0). But XSTATE_BV has no bit for them before the task has run. FreshProgramTests.
  package var mayLackProtectionKeys: Bool {
    let extent = layout[XSaveComponents.pkruNumber]
    return form == .xsave && extent.byteCount > 0 && extent.offset + extent.byteCount <= byteCount
      && !inUse.contains(.pkru)
  }

  /// Takes over the protection-key rights of another state.
  package func adoptProtectionKeys(of other: ExtendedState) {
    let extent = layout[XSaveComponents.pkruNumber]
    guard other.inUse.contains(.pkru), extent.offset + extent.byteCount <= byteCount else { return }
    for offset in extent.offset..<extent.offset + extent.byteCount {
      unsafe buffer[offset] = unsafe other.buffer[offset]
    }
    unsafe buffer.storeBytes(
      of: inUse.union(.pkru).rawValue, toByteOffset: XSaveLayout.inUseOffset, as: UInt64.self)
  }

  /// The components in which another state differs from this one.
  package func differences(from other: ExtendedState) -> XSaveComponents {
    var found: XSaveComponents = []
    if differs(from: other, in: 0..<4) || differs(from: other, in: 32..<160) { found.insert(.x87) }
    // The last instruction's opcode and addresses are valid only while an exception is pending (ES
    // in the status word), and some processors save them only then.
    let isPending = unsafe buffer[2] & 0x80 != 0
    if isPending, differs(from: other, in: 6..<24) { found.insert(.x87) }
    if differs(from: other, in: 4..<5) { found.insert(.x87) }
    if differs(from: other, in: 24..<28) || differs(from: other, in: 160..<416) {
      found.insert(.sse)
    }
    guard form == .xsave, other.form == .xsave else { return found }
    for component in 2..<64 {
      let extent = layout[component]
      if extent.byteCount == 0 || extent.offset + extent.byteCount > min(byteCount, other.byteCount)
      {
        continue
      }
      if differs(from: other, in: extent.offset..<extent.offset + extent.byteCount) {
        found.insert(XSaveComponents(rawValue: 1 << UInt64(component)))
      }
    }
    return found
  }

  /// Compares by words if the range has whole words: this runs between a stop and its resume.
  private func differs(from other: ExtendedState, in range: Range<Int>) -> Bool {
    var offset = range.lowerBound
    while offset < range.upperBound {
      if offset % 8 == 0, offset + 8 <= range.upperBound {
        let word = unsafe buffer.load(fromByteOffset: offset, as: UInt64.self)
        if unsafe word != other.buffer.load(fromByteOffset: offset, as: UInt64.self) { return true }
        offset += 8
      } else {
        if unsafe buffer[offset] != other.buffer[offset] { return true }
        offset += 1
      }
    }
    return false
  }
}
