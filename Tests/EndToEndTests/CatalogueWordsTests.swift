import FiniCatalogue
import FiniTestSupport
import Foundation
import Testing

/// The messages of the catalogue are words that a real criu carries: 4.1.1, as Debian builds it.
@Suite(.enabled(if: RealCriu.command != nil, "needs a real criu"))
struct CatalogueWordsTests {
  /// What this binary does not have: it is built without these libraries, and the plugin is a file of its own.
  static let elsewhere: Set<String> = [
    "amdgpu-device", "amdgpu-no-device", "bpfmap-type", "cuda-interrupted", "cuda-output",
    "cuda-pause", "cuda-restore-tid", "cuda-unlock", "lsm-selinux-get", "lsm-selinux-invalid",
    "lsm-xattr", "restore-cuda-restore", "restore-cuda-unlock", "restore-no-nft-support",
    "restore-nft-image",
  ]

  /// Whether `A-B`, `A-`, `-B` or one number has a version in it.
  static func covers(_ versions: String, _ version: [Int]) -> Bool {
    func numbers(_ text: Substring) -> [Int] { text.split(separator: ".").compactMap { Int($0) } }
    guard let dash = versions.firstIndex(of: "-") else {
      return version.starts(with: numbers(versions[...]))
    }
    let first = numbers(versions[..<dash])
    let last = numbers(versions[versions.index(after: dash)...])
    return !version.lexicographicallyPrecedes(first)
      && (last.isEmpty || !last.lexicographicallyPrecedes(Array(version.prefix(last.count))))
  }

  @Test("Each message that 4.1 is said to have stands in it")
  func words() throws {
    let program = House.root + "/.build/real-criu/root/usr/sbin/criu"
    let bytes = try Data(contentsOf: URL(fileURLWithPath: program))
    var asked = 0
    for entry in Catalogue.standard.entries
    where entry.tool == "criu" && Self.covers(entry.versions, [4, 1, 1]) {
      asked += 1
      #expect(
        bytes.range(of: Data(entry.format.utf8)) != nil
          || Self.elsewhere.contains(entry.name), "\(entry.name): \(entry.format)")
    }
    #expect(asked > 500)
  }

  @Test(
    "Versions",
    arguments: [("3.0-", true), ("4.1", true), ("3.0-4.0", false), ("4.2-", false), ("-4.1", true)])
  func versions(text: String, covers: Bool) { #expect(Self.covers(text, [4, 1, 1]) == covers) }
}
