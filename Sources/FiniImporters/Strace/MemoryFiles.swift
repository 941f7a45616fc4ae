internal import FiniModel

/// Reads the calls by which a tracer reaches a task's memory without ptrace: through `/proc/PID/mem`, and by
/// process_vm_readv and process_vm_writev.
struct MemoryFiles {
  private struct Key: Hashable {
    var tracer: TaskID
    var descriptor: UInt64
  }
  private struct File {
    var task: TaskID
    var offset: UInt64 = 0
  }

  /// A piece of memory that was read or written, and whose it is.
  typealias Piece = (TaskID, MemoryAccess)

  private var files: [Key: File] = [:]
  /// How many files may be open at once. A log with more is not one of a tracer.
  private static let mostFiles = 8192
  /// What strace shows of a string by default: more is not taken.
  private static let mostShown = 32

  /// What a call did to a task's memory; `nil` if nothing that is shown.
  mutating func read(
    _ name: ArraySlice<UInt8>, _ rest: Scanner, _ tracer: TaskID
  ) -> [Piece]? {
    switch name.first {
    case UInt8(ascii: "o"): if name.reads("openat") || name.reads("open") { open(rest, tracer) }
    case UInt8(ascii: "c"): if name.reads("close") { close(rest, tracer) }
    case UInt8(ascii: "l"): if name.reads("lseek") { seek(rest, tracer) }
    case UInt8(ascii: "p"):
      if name.reads("pread64") || name.reads("pread") {
        return move(.readFile, rest, tracer, isPlaced: true)
      }
      if name.reads("pwrite64") || name.reads("pwrite") {
        return move(.writeFile, rest, tracer, isPlaced: true)
      }
      if name.reads("process_vm_readv") { return remote(.readRemote, rest, tracer) }
      if name.reads("process_vm_writev") { return remote(.writeRemote, rest, tracer) }
    case UInt8(ascii: "r") where !files.isEmpty:
      if name.reads("read") { return move(.readFile, rest, tracer, isPlaced: false) }
    case UInt8(ascii: "w") where !files.isEmpty:
      if name.reads("write") { return move(.writeFile, rest, tracer, isPlaced: false) }
    default: break
    }
    return nil
  }

  private mutating func open(_ rest: Scanner, _ tracer: TaskID) {
    guard rest.find("/mem\"") != nil else { return }
    var scanner = rest
    if scanner.next != .quote {
      scanner.skipValue()
      guard scanner.comma() else { return }
    }
    guard let (path, isWhole) = scanner.string(), isWhole, let task = MemoryFiles.task(of: path),
      let result = StraceCall.result(&scanner), result.value >= 0,
      files.count < MemoryFiles.mostFiles
    else { return }
    files[Key(tracer: tracer, descriptor: UInt64(result.value))] = File(task: task)
  }

  /// `/proc/4711/mem`, `/proc/4711/task/4712/mem`.
  private static func task(of path: [UInt8]) -> TaskID? {
    let parts = String(decoding: path, as: UTF8.self).split(separator: "/")
    guard parts.first == "proc", parts.last == "mem", parts.count == 3 || parts.count == 5,
      parts.count == 3 || parts[2] == "task", let number = Int32(parts[parts.count - 2])
    else { return nil }
    return TaskID(number)
  }

  private mutating func close(_ rest: Scanner, _ tracer: TaskID) {
    var scanner = rest
    guard !files.isEmpty, let descriptor = scanner.value() else { return }
    files[Key(tracer: tracer, descriptor: descriptor)] = nil
  }

  private mutating func seek(_ rest: Scanner, _ tracer: TaskID) {
    var scanner = rest
    guard !files.isEmpty, let descriptor = scanner.value(),
      let result = StraceCall.result(&scanner), result.value >= 0
    else { return }
    files[Key(tracer: tracer, descriptor: descriptor)]?.offset = UInt64(result.value)
  }

  private mutating func move(
    _ way: MemoryAccess.Way, _ rest: Scanner, _ tracer: TaskID, isPlaced: Bool
  ) -> [Piece]? {
    var scanner = rest
    guard !files.isEmpty, let descriptor = scanner.value(),
      let file = files[Key(tracer: tracer, descriptor: descriptor)], scanner.comma(),
      let bytes = MemoryFiles.bytes(&scanner), scanner.comma(), let count = scanner.value()
    else { return nil }
    var offset = file.offset
    if isPlaced {
      guard scanner.comma(), let place = scanner.value() else { return nil }
      offset = place
    }
    guard let result = StraceCall.result(&scanner) else { return nil }
    if let failed = MemoryFiles.failed(way, result, at: offset, count) {
      return [(file.task, failed)]
    }
    guard result.value > 0 else { return nil }
    if !isPlaced {
      files[Key(tracer: tracer, descriptor: descriptor)]?.offset = offset &+ UInt64(result.value)
    }
    let moved = bytes.prefix(MemoryFiles.mostShown).prefix(Int(clamping: result.value))
    return MemoryFiles.pieces(way, moved, at: offset).map { (file.task, $0) }
  }

  /// `process_vm_writev(PID, [{iov_base="...", iov_len=8}], 1, [{iov_base=0x401712, iov_len=8}], 1, 0) = 8`, with one
  /// place on each side: what is scattered is not followed.
  private func remote(
    _ way: MemoryAccess.Way, _ rest: Scanner, _ tracer: TaskID
  ) -> [Piece]? {
    var scanner = rest
    guard let task = scanner.value(), scanner.comma(), scanner.take("[{iov_base="),
      let bytes = MemoryFiles.bytes(&scanner), scanner.comma(), scanner.take("iov_len="),
      let count = scanner.value(), scanner.take("}]"), scanner.comma(), scanner.value() == 1,
      scanner.comma(), scanner.take("[{iov_base="), let place = scanner.value(), scanner.comma(),
      scanner.take("iov_len="), scanner.value() != nil, scanner.take("}]"),
      let result = StraceCall.result(&scanner)
    else { return nil }
    let receiver = TaskID(Int32(truncatingIfNeeded: task))
    if let failed = MemoryFiles.failed(way, result, at: place, count) {
      return [(receiver, failed)]
    }
    guard result.value > 0 else { return nil }
    let moved = bytes.prefix(MemoryFiles.mostShown).prefix(Int(clamping: result.value))
    return MemoryFiles.pieces(way, moved, at: place).map { (receiver, $0) }
  }

  /// The bytes of a buffer; none where only its address is shown, as after a read that failed.
  private static func bytes(_ scanner: inout Scanner) -> [UInt8]? {
    if scanner.next == .quote { return scanner.quotedBytes() }
    return scanner.value() == nil ? nil : []
  }

  /// An access that failed. One that was to be started again is none.
  private static func failed(
    _ way: MemoryAccess.Way, _ result: StraceCall.Result, at place: UInt64, _ count: UInt64
  ) -> MemoryAccess? {
    guard let error = Errno(result: result.value), result.value > StraceCall.notReturned else {
      return nil
    }
    return MemoryAccess(
      way, at: RemoteAddress(place), byteCount: UInt8(min(count, UInt64(MemoryAccess.mostBytes))),
      bytes: 0, error: error)
  }

  private static func pieces(
    _ way: MemoryAccess.Way, _ bytes: ArraySlice<UInt8>, at start: UInt64
  ) -> [MemoryAccess] {
    stride(from: 0, to: bytes.count, by: MemoryAccess.mostBytes).map { place in
      let piece = bytes.dropFirst(place).prefix(MemoryAccess.mostBytes)
      var word: UInt64 = 0
      for (index, byte) in piece.enumerated() { word |= UInt64(byte) << (8 * UInt64(index)) }
      return MemoryAccess(
        way, at: RemoteAddress(start &+ UInt64(place)), byteCount: UInt8(piece.count), bytes: word)
    }
  }
}
