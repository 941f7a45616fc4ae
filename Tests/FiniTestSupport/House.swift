import CFiniTestSupport
import Foundation

/// Where files are, and how other programs are run.
package enum House {
  /// The package's root.
  package static let root: String = {
    var url = URL(fileURLWithPath: #filePath)
    for _ in 0..<3 { url.deleteLastPathComponent() }
    return url.path
  }()

  /// Where the built executables of this package are: beside the test executable.
  package static let products: String = {
    let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    return URL(fileURLWithPath: own).deletingLastPathComponent().path
  }()

  /// The directory with all victims, built by the first test that asks.
  package static let victims: Result<String, TestSupportError> = {
    let place = root + "/.build/victims"
    let made = run("make", ["-s", "-C", root + "/Tests/Victims", "OUT=" + place])
    return made.status == 0 ? .success(place) : .failure(.setUp("make: " + made.output))
  }()

  /// Whether the compiler and the kernel support 32-bit programs.
  package static let builds32Bit: Bool = {
    guard let place = try? victims.get() else { return false }
    return FileManager.default.fileExists(atPath: place + "/blocked-in-read-32")
  }()

  /// The width of the vector registers of this processor, in bits, as holds-vectors prints it.
  package static let vectorWidth: Int = {
    let flags = readWhole("/proc/cpuinfo").split(separator: "\n").first { $0.hasPrefix("flags") }
    let words = (flags ?? "").split(separator: " ")
    return words.contains("avx512f") ? 512 : words.contains("avx") ? 256 : 128
  }()

  /// Runs a program with its stderr on stdout until it ends, for at most `time` ms.
  package static func run(
    _ program: String, _ arguments: [String], saying input: String = "",
    within time: Int = 60_000
  ) -> (status: Int32, output: String) {
    let words = ["/bin/sh", "-c", "exec 2>&1; exec \"$0\" \"$@\"", program] + arguments
    guard let child = try? LiveProcess(path: "/bin/sh", words: words) else { return (-1, "") }
    if !input.isEmpty { child.say(input) }
    child.closeInput()
    let output = child.rest(within: time)
    return (child.waitForEnd(within: 10_000) ?? -1, output)
  }
}

/// Why a test can't run.
package enum TestSupportError: Error {
  /// Something could not be made ready.
  case setUp(String)
  /// A victim did not do what its name promises.
  case victim(String)
}
