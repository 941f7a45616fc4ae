package import FiniModel
internal import Glibc

/// Writes bytes to a descriptor, all of them.
package enum ByteWriting {
  /// - Throws: why the rest can't be written.
  package static func write(_ bytes: [UInt8], to descriptor: Int32) throws(Errno) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes {
        unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
      }
      if count < 0, Glibc.errno == EINTR { continue }
      guard count > 0 else { throw Errno(rawValue: Glibc.errno) }
      rest = rest.dropFirst(count)
    }
  }
}
