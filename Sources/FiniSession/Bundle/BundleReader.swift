internal import FiniModel
internal import Glibc

/// A bundle that somebody sent: looked through whole, and only then unpacked.
///
/// Nothing in it is believed: a name may not lead out of the new folder, a size may not be beyond the file, no member
/// comes twice, and each must be what its checksum says (BundleTests).
package struct BundleReader: ~Copyable {
  private struct Member: Hashable {
    var name: String
    var offset: Int64
    var size: UInt64
  }

  private static let blockSize = 1 << 18
  /// The checksums of a thousand members and more.
  private static let sumsLimit: UInt64 = 1 << 20

  private let path: String
  private let descriptor: Int32
  private var members: [Member] = []

  /// Opens it, and looks through all of it.
  ///
  /// - Throws: ``BundleError``.
  package init(_ path: String) throws(BundleError) {
    self.path = path
    // A pipe is refused below, and not waited for.
    descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .failed(path: path, Errno(rawValue: Glibc.errno)) }
    try readHeaders()
    try checkSums()
    guard members.contains(where: { $0.name == "recording.db" }) else {
      throw refused("recording.db", "it is not there")
    }
  }

  deinit { close(descriptor) }

  /// Unpacks it into a new folder: whole, or not at all.
  ///
  /// The folder itself is made first, so that it is ours. The members go into one beside it, which takes its place in the
  /// end: a full disk leaves neither (BundleTests).
  ///
  /// - Returns: the names of the files.
  package func unpack(into folder: String) throws(BundleError) -> [String] {
    var target = folder
    while target.count > 1, target.hasSuffix("/") { target.removeLast() }
    guard unsafe mkdir(target, 0o700) == 0 else {
      if Glibc.errno == EEXIST { throw .folderExists(path: folder) }
      throw .failed(path: folder, Errno(rawValue: Glibc.errno))
    }
    let draft = "\(target).\(getpid()).part.d"
    var folders = [draft]
    do throws(Errno) {
      try make(folder: draft)
      for member in members {
        var place = draft
        for part in member.name.split(separator: "/").dropLast() {
          place += "/\(part)"
          guard !folders.contains(place) else { continue }
          try make(folder: place)
          folders.append(place)
        }
        try write(member, to: "\(draft)/\(member.name)")
      }
      guard unsafe rename(draft, target) == 0 else { throw Errno(rawValue: Glibc.errno) }
    } catch {
      throw .notUnpacked(folder: folder, error, left: remove(target, draft, folders))
    }
    return members.map { $0.name }
  }

  private func make(folder: String) throws(Errno) {
    guard unsafe mkdir(folder, 0o700) == 0 else { throw Errno(rawValue: Glibc.errno) }
  }

  /// Takes away what was unpacked.
  ///
  /// - Returns: what could not be taken away.
  private func remove(_ target: String, _ draft: String, _ folders: [String]) -> String? {
    for member in members { unsafe unlink("\(draft)/\(member.name)") }
    var left: [String] = []
    for folder in folders.reversed() + [target] where unsafe rmdir(folder) != 0 {
      if Glibc.errno != ENOENT { left.append(folder) }
    }
    return left.contains(draft) ? draft : left.last
  }

  private func write(_ member: Member, to target: String) throws(Errno) {
    let output = unsafe open(target, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard output >= 0 else { throw Errno(rawValue: Glibc.errno) }
    var failure: Errno?
    do throws(BundleError) {
      try forEachBlock(of: member) { (block: [UInt8]) throws(BundleError) in
        guard failure == nil else { return }
        do throws(Errno) { try ByteWriting.write(block, to: output) } catch { failure = error }
      }
    } catch {
      // The bundle was read to its end before: it was changed meanwhile.
      failure = failure ?? .ioError
    }
    // Some file systems tell only now that there is no room.
    if close(output) != 0, failure == nil { failure = Errno(rawValue: Glibc.errno) }
    if let failure { throw failure }
  }

  // MARK: Looking through

  private mutating func readHeaders() throws(BundleError) {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else {
      throw .failed(path: path, Errno(rawValue: Glibc.errno))
    }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .notABundle(path: path) }
    let total = UInt64(status.st_size)
    var offset: UInt64 = 0
    var names: Set<String> = []
    while true {
      guard lseek(descriptor, Int(offset), SEEK_SET) >= 0 else {
        throw .failed(path: path, Errno(rawValue: Glibc.errno))
      }
      let block = try BundleReader.read(descriptor, Ustar.blockSize, path)
      guard block.count == Ustar.blockSize else { throw .notABundle(path: path) }
      let header: Ustar.Header
      do { header = try Ustar.read(block) } catch {
        switch error {
        case .notTar: throw .notABundle(path: path)
        case .notAFile(let name): throw refused(name, "it is no regular file")
        }
      }
      guard case .file(let whole, let size) = header else { break }
      offset += UInt64(Ustar.blockSize)
      let name = try checked(whole)
      guard names.insert(name).inserted else { throw refused(whole, "it comes twice") }
      guard size <= total - offset else { throw refused(whole, "it is longer than the bundle") }
      members.append(Member(name: name, offset: Int64(offset), size: size))
      offset += size + UInt64(Ustar.padding(after: size))
      guard offset <= total else { throw .notABundle(path: path) }
    }
    for name in names {
      let parts = name.split(separator: "/")
      for count in 1..<max(1, parts.count)
      where names.contains(parts.prefix(count).joined(separator: "/")) {
        throw refused(name, "its folder is a file")
      }
    }
  }

  /// The name below the folder of the bundle.
  private func checked(_ whole: String) throws(BundleError) -> String {
    guard !whole.hasPrefix("/") else { throw refused(whole, "its name is absolute") }
    let isPlain = whole.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value < 0x7f }
    guard isPlain else {
      throw refused(whole, "its name has other characters than printable ASCII")
    }
    guard whole.hasPrefix(BundleWriter.folder) else {
      throw refused(whole, "it is not in \(BundleWriter.folder)")
    }
    let name = String(whole.dropFirst(BundleWriter.folder.count))
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.allSatisfy({ !["", ".", ".."].contains($0) }) else {
      throw refused(whole, "its name leads elsewhere")
    }
    return name
  }

  private func refused(_ member: String, _ reason: String) -> BundleError {
    .hostile(path: path, member: member, reason: reason)
  }

  private func checkSums() throws(BundleError) {
    guard let list = members.first(where: { $0.name == BundleWriter.sums }),
      list.size <= BundleReader.sumsLimit
    else { throw .notABundle(path: path) }
    var bytes: [UInt8] = []
    try forEachBlock(of: list) { bytes += $0 }
    var sums: [String: String] = [:]
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
      let words = line.split(separator: " ", maxSplits: 1)
      guard words.count == 2 else { throw .wrongChecksum(path: path, member: BundleWriter.sums) }
      sums[String(words[1].drop { $0 == " " })] = String(words[0])
    }
    for member in members where member != list {
      var hash = SHA256()
      try forEachBlock(of: member) { hash.take($0[...]) }
      let digest = hash.end()
      guard sums.removeValue(forKey: member.name) == digest else {
        throw .wrongChecksum(path: path, member: member.name)
      }
    }
    // A member that was taken out is not what was sent either.
    if let missing = sums.keys.sorted().first {
      throw .wrongChecksum(path: path, member: missing)
    }
  }

  private func forEachBlock(
    of member: Member, _ body: ([UInt8]) throws(BundleError) -> Void
  ) throws(BundleError) {
    guard lseek(descriptor, Int(member.offset), SEEK_SET) >= 0 else {
      throw .failed(path: path, Errno(rawValue: Glibc.errno))
    }
    var left = member.size
    while left > 0 {
      let count = Int(min(left, UInt64(BundleReader.blockSize)))
      let block = try BundleReader.read(descriptor, count, path)
      guard !block.isEmpty else { throw .notABundle(path: path) }
      try body(block)
      left -= UInt64(block.count)
    }
  }

  /// Reads as many bytes as are asked for; fewer at the end of the file.
  static func read(
    _ descriptor: Int32, _ count: Int, _ path: String
  ) throws(BundleError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
      let got = unsafe bytes.withUnsafeMutableBytes {
        unsafe Glibc.read(descriptor, $0.baseAddress?.advanced(by: filled), count - filled)
      }
      if got < 0 {
        if Glibc.errno == EINTR { continue }
        throw .failed(path: path, Errno(rawValue: Glibc.errno))
      }
      if got == 0 { break }
      filled += got
    }
    bytes.removeLast(count - filled)
    return bytes
  }
}
