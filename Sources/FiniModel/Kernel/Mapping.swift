/// What a mapping may be used for: `PROT_*` of mmap(2).
package struct Protection: OptionSet, Hashable, Sendable {
  /// The bits.
  package var rawValue: UInt64
  /// Wraps bits.
  package init(rawValue: UInt64) { self.rawValue = rawValue }
  /// A literal, without the generic calls of `SetAlgebra`: they take 50 us the first time, which
  /// may be while a task is stopped.
  package init(arrayLiteral elements: Protection...) {
    rawValue = elements.reduce(0) { $0 | $1.rawValue }
  }
  /// `PROT_READ`.
  package static let read = Protection(rawValue: 1)
  /// `PROT_WRITE`.
  package static let write = Protection(rawValue: 2)
  /// `PROT_EXEC`.
  package static let execute = Protection(rawValue: 4)
  /// All three.
  package static let all = Protection(rawValue: 7)
}

/// How memory is mapped: `MAP_*` of mmap(2), as x86 numbers them.
package struct MappingFlags: OptionSet, Hashable, Sendable {
  /// The bits.
  package var rawValue: UInt64
  /// Wraps bits.
  package init(rawValue: UInt64) { self.rawValue = rawValue }
  /// A literal, without the generic calls of `SetAlgebra`: they take 50 us the first time, which
  /// may be while a task is stopped.
  package init(arrayLiteral elements: MappingFlags...) {
    rawValue = elements.reduce(0) { $0 | $1.rawValue }
  }
  /// `MAP_SHARED`.
  package static let shared = MappingFlags(rawValue: 1)
  /// `MAP_ANONYMOUS`.
  package static let anonymous = MappingFlags(rawValue: 0x20)
  /// `MAP_32BIT`: in the lowest 2 GiB.
  package static let low = MappingFlags(rawValue: 0x40)
}

/// Flags of memfd_create(2): `MFD_*`.
package struct MemoryFileFlags: OptionSet, Hashable, Sendable {
  /// The bits.
  package var rawValue: UInt64
  /// Wraps bits.
  package init(rawValue: UInt64) { self.rawValue = rawValue }
  /// A literal, without the generic calls of `SetAlgebra`: they take 50 us the first time, which
  /// may be while a task is stopped.
  package init(arrayLiteral elements: MemoryFileFlags...) {
    rawValue = elements.reduce(0) { $0 | $1.rawValue }
  }
  /// `MFD_CLOEXEC`.
  package static let closeOnExec = MemoryFileFlags(rawValue: 1)
  /// `MFD_EXEC`: it may be executed; Linux 6.3.
  package static let executable = MemoryFileFlags(rawValue: 0x10)
}

/// A system call of x86-64 with its arguments, ready to be made.
package struct SystemCall: Hashable, Sendable {
  /// The number.
  package var number: UInt64
  /// The six arguments, in the order of rdi, rsi, rdx, r10, r8, r9.
  package var arguments: InlineArray<6, UInt64>

  private init(
    _ number: UInt64, _ a: UInt64 = 0, _ b: UInt64 = 0, _ c: UInt64 = 0, _ d: UInt64 = 0,
    _ e: UInt64 = 0
  ) {
    self.number = number
    // Not an array literal: a debug build allocates one (AllocationTests).
    arguments = .init(repeating: 0)
    arguments[0] = a
    arguments[1] = b
    arguments[2] = c
    arguments[3] = d
    arguments[4] = e
  }

  /// mmap(2); `file` is `nil` for memory without one.
  package static func mmap(
    at address: RemoteAddress?, byteCount: Int, _ protection: Protection, _ flags: MappingFlags,
    file: Int32?
  ) -> SystemCall {
    SystemCall(
      SyscallNumber.mmap, address?.rawValue ?? 0, UInt64(byteCount), protection.rawValue,
      flags.rawValue, file.map { UInt64($0) } ?? UInt64.max)
  }

  /// munmap(2).
  package static func munmap(_ range: RemoteRange) -> SystemCall {
    SystemCall(SyscallNumber.munmap, range.start.rawValue, range.byteCount)
  }

  /// close(2).
  package static func close(_ descriptor: Int32) -> SystemCall {
    SystemCall(SyscallNumber.close, UInt64(descriptor))
  }

  /// memfd_create(2); the name lies in the caller's memory.
  package static func memfdCreate(name: RemoteAddress, _ flags: MemoryFileFlags) -> SystemCall {
    SystemCall(SyscallNumber.memfdCreate, name.rawValue, flags.rawValue)
  }

  /// rt_sigqueueinfo(2); the siginfo lies in the caller's memory.
  package static func sigqueue(
    process: TaskID, _ signal: Signal, info: RemoteAddress
  ) -> SystemCall {
    SystemCall(
      SyscallNumber.rtSigqueueinfo, UInt64(process.rawValue), UInt64(signal.rawValue),
      info.rawValue)
  }

  /// rt_tgsigqueueinfo(2); the siginfo lies in the caller's memory.
  package static func sigqueue(
    process: TaskID, thread: TaskID, _ signal: Signal, info: RemoteAddress
  ) -> SystemCall {
    SystemCall(
      SyscallNumber.rtTgsigqueueinfo, UInt64(process.rawValue), UInt64(thread.rawValue),
      UInt64(signal.rawValue), info.rawValue)
  }

  /// Equality, word by word.
  package static func == (left: SystemCall, right: SystemCall) -> Bool {
    left.number == right.number
      && (0..<6).allSatisfy { left.arguments[$0] == right.arguments[$0] }
  }

  /// Hashes the words.
  package func hash(into hasher: inout Hasher) {
    hasher.combine(number)
    for index in 0..<6 { hasher.combine(arguments[index]) }
  }
}
