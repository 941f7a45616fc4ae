internal import FiniModel
internal import Glibc

/// A bundle on its way into a file: members one after the other, then their checksums.
struct BundleWriter {
  /// The folder that a bundle unpacks into, with any tar.
  static let folder = "fini-trace-bundle/"
  /// The member that has the checksum of each other one, as `sha256sum -c` reads it.
  static let sums = "SHA256SUMS"
  private static let blockSize = 1 << 18

  private let file: ExportFile
  private let seconds: UInt64
  private var lines: [String] = []

  /// - Parameter seconds: when the members were written, since 1970.
  init(to file: ExportFile, at seconds: UInt64) {
    self.file = file
    self.seconds = seconds
  }

  /// Adds a text.
  mutating func add(_ name: String, _ text: String) throws(ExportFile.Failure) {
    let bytes = Array(text.utf8)
    try write(name, bytes)
    lines.append("\(SHA256.digest(of: bytes))  \(name)")
  }

  /// Adds a file, block by block.
  mutating func add(_ name: String, fileAt path: String) throws {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw BundleError.failed(path: path, Errno(rawValue: Glibc.errno))
    }
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else {
      throw BundleError.failed(path: path, Errno(rawValue: Glibc.errno))
    }
    let size = UInt64(status.st_size)
    guard size <= Ustar.sizeLimit else { throw BundleError.tooBig(path: path) }
    try file.write(Ustar.header(of: BundleWriter.folder + name, size: size, at: seconds))
    var hash = SHA256()
    var left = size
    while left > 0 {
      let block = try BundleReader.read(descriptor, min(Int(left), BundleWriter.blockSize), path)
      guard !block.isEmpty else { throw BundleError.notABundle(path: path) }
      hash.take(block[...])
      try file.write(block)
      left -= UInt64(block.count)
    }
    try file.write([UInt8](repeating: 0, count: Ustar.padding(after: size)))
    lines.append("\(hash.end())  \(name)")
  }

  /// Adds the checksums, and puts the bundle in its place.
  func keep() throws(ExportFile.Failure) {
    try write(BundleWriter.sums, Array((lines.joined(separator: "\n") + "\n").utf8))
    try file.write(Ustar.end)
    try file.keep()
  }

  private func write(_ name: String, _ bytes: [UInt8]) throws(ExportFile.Failure) {
    let size = UInt64(bytes.count)
    try file.write(Ustar.header(of: BundleWriter.folder + name, size: size, at: seconds))
    try file.write(bytes + [UInt8](repeating: 0, count: Ustar.padding(after: size)))
  }
}
