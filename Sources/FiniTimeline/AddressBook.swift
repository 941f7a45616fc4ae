public import FiniModel

/// Names for the addresses of one tracee.
public struct AddressBook: Hashable, Sendable {
  /// Where the blob was mapped, if the mapping was seen.
  public var blob: RemoteRange?

  /// Makes a book.
  public init(blob: RemoteRange? = nil) { self.blob = blob }

  /// `blob+0x3a0` for an address inside the blob, else the address itself.
  public func name(_ address: RemoteAddress) -> String {
    guard let blob, blob.contains(address) else { return address.description }
    return "blob+0x" + String(address.rawValue - blob.start.rawValue, radix: 16)
  }
}
