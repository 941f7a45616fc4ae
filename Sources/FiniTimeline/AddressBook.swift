package import FiniModel

/// Names for the addresses of one tracee.
package struct AddressBook: Hashable, Sendable {
  /// Where the blob was mapped, if the mapping was seen.
  package var blob: RemoteRange?

  package init(blob: RemoteRange? = nil) { self.blob = blob }

  /// `blob+0x3a0` for an address inside the blob, else the address itself.
  package func name(_ address: RemoteAddress) -> String {
    guard let blob, blob.contains(address) else { return address.description }
    return "blob+0x" + String(address.rawValue - blob.start.rawValue, radix: 16)
  }
}
