internal import CFiniInflate
package import FiniModel
internal import Glibc

/// Why an input cannot be read.
package enum ImportError: Error, Hashable, CustomStringConvertible {
  /// A system call on it failed.
  case failed(name: String, Errno)
  /// It is a folder.
  case isFolder(name: String)
  /// It is compressed, and damaged.
  case damaged(name: String)
  /// No known format fits it.
  case notRecognized(name: String)
  /// It is a recording: nothing has to be imported.
  case isRecording(name: String)
  /// It is what `perf record` writes, which only perf reads.
  case isPerfData(name: String)
  /// The summary of `strace -c`: it counts calls and does not show them.
  case isSummary(name: String)
  /// It is empty.
  case empty(name: String)
  /// Two of them are one, by file or by content.
  case sameTwice(name: String, other: String)
  /// No event and no task of them is in what they are to be joined with.
  case nothingInCommon(names: [String], with: String)

  /// The error in a sentence, without a full stop.
  package var description: String {
    switch self {
    case .failed(let name, let error):
      "can't read \(name): \(error.meaning.isEmpty ? "\(error)" : "\(error.meaning) (\(error))")"
    case .isFolder(let name): "\(name) is a folder; name the files in it"
    case .damaged(let name): "\(name) is packed, and its end is missing or it is damaged"
    case .notRecognized(let name):
      "\(name) looks like no log of strace, CRIU, perf trace, perf script or ftrace"
    case .isRecording(let name):
      "\(name) is a database and no log; if it is a recording, read it: fini-trace explain \(name)"
    case .isPerfData(let name):
      "\(name) is for perf alone; make text of it: perf script -i \(name) > \(name).txt, and import that"
    case .isSummary(let name):
      "\(name) is a summary of strace -c, with no calls in it; make the log without -c"
    case .empty(let name): "\(name) is empty"
    case .sameTwice(let name, let other) where name == other: "\(name) is given twice"
    case .sameTwice(let name, let other): "\(name) and \(other) are the same log"
    case .nothingInCommon(let names, let other):
      "\(names.joined(separator: ", ")) \(names.count == 1 ? "has" : "have") no event and no process"
        + " in common with \(other); --anyway joins \(names.count == 1 ? "it" : "them") all the same"
    }
  }
}

/// A log to be read.
package struct LogFile: Hashable, Sendable {
  /// What it is called.
  package var name: String
  /// Where it is opened; `-` for standard input.
  package var path: String
  /// When its last line was written, on the clock of the run that it is joined with, if that is known.
  package var lastWrite: Int64?

  /// Names it; by default it is called by its path.
  package init(_ path: String, called name: String? = nil, lastWrite: Int64? = nil) {
    self.path = path
    self.lastWrite = lastWrite
    self.name = name ?? (path == "-" ? "standard input" : path)
  }
}

/// A file or standard input, read in blocks. gzip, zstd and xz are decompressed.
final class InputFile {
  /// What packed files begin with: gzip (RFC 1952), a zstd frame (RFC 8878), xz (its format's page).
  private static let packedMagics: [(magic: [UInt8], format: Int)] = [
    ([0x1f, 0x8b], FINI_GZIP), ([0x28, 0xb5, 0x2f, 0xfd], FINI_ZSTD),
    ([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], FINI_XZ),
  ]
  private static let databaseMagic = Array("SQLite format 3\0".utf8)
  private static let perfMagic = Array("PERFILE2".utf8)

  static let blockSize = 1 << 18

  let name: String
  /// The number of bytes to read, if it is known.
  let byteCount: Int64?
  /// How many were read.
  private(set) var bytesRead: Int64 = 0
  private var descriptor: Int32
  private var stream: UInt = 0
  private var packed: [UInt8] = []
  private var isFirst = true
  private var isOver = false

  /// The device and the number of the file: two inputs with the same are one file.
  let place: [UInt64]

  /// Opens it.
  init(_ file: LogFile) throws(ImportError) {
    name = file.name
    descriptor =
      file.path == "-" ? dup(STDIN_FILENO) : unsafe open(file.path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw .failed(name: self.name, Errno(rawValue: Glibc.errno))
    }
    var status = stat()
    byteCount =
      unsafe fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
      ? Int64(status.st_size) : nil
    place = [UInt64(status.st_dev), UInt64(status.st_ino)]
    if status.st_mode & S_IFMT == S_IFDIR { throw .isFolder(name: self.name) }
  }

  /// Opens a file by its path; `-` is standard input.
  convenience init(_ path: String) throws(ImportError) { try self.init(LogFile(path)) }

  deinit {
    if stream != 0 { fini_inflate_end(stream) }
    if descriptor >= 0 { close(descriptor) }
  }

  /// Starts again at the beginning. Only for an input that can be read twice.
  func rewind() throws(ImportError) {
    guard lseek(descriptor, 0, SEEK_SET) == 0 else {
      throw .failed(name: name, Errno(rawValue: Glibc.errno))
    }
    if stream != 0 { fini_inflate_end(stream) }
    stream = 0
    packed = []
    isFirst = true
    isOver = false
    bytesRead = 0
  }

  /// Copies an input that can't be read twice into a file without a name, and reads that file from
  /// then on.
  func spool() throws(ImportError) {
    guard byteCount == nil else { return }
    let folder = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
    let copy = unsafe open(folder, InputFile.withoutName | O_RDWR | O_CLOEXEC, 0o600)
    guard copy >= 0 else { throw .failed(name: folder, Errno(rawValue: Glibc.errno)) }
    while true {
      let block = try readBlock()
      if block.isEmpty { break }
      var rest = block[...]
      while !rest.isEmpty {
        let count = unsafe rest.withUnsafeBytes { bytes in
          unsafe write(copy, bytes.baseAddress, bytes.count)
        }
        guard count > 0 else {
          close(copy)
          throw .failed(name: folder, Errno(rawValue: Glibc.errno))
        }
        rest = rest.dropFirst(count)
      }
    }
    close(descriptor)
    descriptor = copy
    try rewind()
  }

  /// O_TMPFILE: a macro that Swift can't import.
  private static let withoutName: Int32 = 0o20_000_000 | O_DIRECTORY

  /// The next block; empty at the end.
  func next() throws(ImportError) -> [UInt8] {
    while true {
      if stream != 0 {
        let unpacked = try unpack()
        if !unpacked.isEmpty || isOver { return unpacked }
        continue
      }
      let block = try readBlock()
      guard isFirst, !block.isEmpty else { return block }
      isFirst = false
      if block.starts(with: InputFile.databaseMagic) { throw .isRecording(name: name) }
      if block.starts(with: InputFile.perfMagic) { throw .isPerfData(name: name) }
      let packing = InputFile.packedMagics.first { block.starts(with: $0.magic) }
      guard let packing else { return block }
      stream = fini_inflate_begin(Int32(packing.format))
      guard stream != 0 else { throw .failed(name: name, .outOfMemory) }
      packed = block
    }
  }

  private func unpack() throws(ImportError) -> [UInt8] {
    if packed.isEmpty {
      packed = try readBlock()
      // Without input a last step takes what the decoder still holds.
      if packed.isEmpty { isOver = true }
    }
    var out = [UInt8](repeating: 0, count: InputFile.blockSize * 4)
    var consumed = 0
    let count = unsafe packed.withUnsafeBufferPointer { from in
      unsafe out.withUnsafeMutableBufferPointer { to in
        unsafe fini_inflate_step(
          stream, from.baseAddress, from.count, &consumed, to.baseAddress, to.count)
      }
    }
    if isOver, count == 0 {
      if fini_inflate_is_whole(stream) == 0 { throw .damaged(name: name) }
      return []
    }
    guard count >= 0, count > 0 || consumed > 0 else { throw .damaged(name: name) }
    packed.removeFirst(consumed)
    out.removeLast(out.count - Int(count))
    return out
  }

  private func readBlock() throws(ImportError) -> [UInt8] {
    var block = [UInt8](repeating: 0, count: InputFile.blockSize)
    while true {
      let count = unsafe block.withUnsafeMutableBytes { bytes in
        unsafe read(descriptor, bytes.baseAddress, bytes.count)
      }
      if count < 0 {
        if Glibc.errno == EINTR { continue }
        throw .failed(name: name, Errno(rawValue: Glibc.errno))
      }
      bytesRead += Int64(count)
      block.removeLast(block.count - count)
      return block
    }
  }
}
