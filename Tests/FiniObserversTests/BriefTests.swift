import CFiniBPF
import FiniModel
import FiniTestSupport
import Foundation
import Testing

@testable import FiniObservers

/// What makes a recording of a short command short: counts, and no times.
@Suite("What loading, the end of a command and the end of a recording cost", .serialized)
struct BriefTests {
  /// The events of perf that this process has open. To close one waits for the kernel's grace period.
  private var perfEvents: Int {
    let folder = "/proc/self/fd"
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.count {
      (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\($0)"))
        == "anon_inode:[perf_event]"
    }
  }

  /// Up to Linux 6.19 the processor is kept while a tracepoint's programs run (docs/Decisions/0024).
  private static var isKept: Bool {
    let release = (try? String(contentsOfFile: "/proc/sys/kernel/osrelease", encoding: .utf8)) ?? ""
    return release.prefix { $0 != "." }.compactMap(\.wholeNumberValue).reduce(0) { $0 * 10 + $1 }
      < 7
  }

  private static let types = "/sys/kernel/btf/vmlinux"

  @Test(
    "Where the kernel keeps the processor on raw tracepoints there is no event of perf",
    .enabled(if: Watching.isPermitted),
    .enabled(if: FileManager.default.fileExists(atPath: types), "a kernel without BTF"))
  func ways() throws {
    let before = perfEvents
    do {
      let observer = try BPFObserver(subject: TaskID(Doors.ownProcess))
      #expect(observer.isKept == BriefTests.isKept)
      #expect(observer.isKept == (observer.ways == .byItself))
      #expect(perfEvents - before == (observer.isKept ? 0 : 5))
    }
    // The witness: what is counted is there where it is asked for.
    let both = try BPFObserver(
      subject: TaskID(Doors.ownProcess), .init(ways: [.byPerf, .byItself]))
    #expect(both.ways.contains(.byPerf) && !both.isKept)
    #expect(perfEvents - before == 5)
  }

  @Test("The end of the command ends the wait, once", .enabled(if: Watching.isPermitted))
  func end() throws {
    let observer = try BPFObserver(subject: TaskID(Doors.ownProcess))
    let child = try LiveProcess(path: "/bin/cat", words: ["cat"])
    observer.follow(child.task)
    var wasWoken = observer.wait(0)
    #expect(!wasWoken, "nothing has happened")
    child.closeInput()
    wasWoken = observer.wait(60_000)
    #expect(wasWoken)
    #expect(child.waitForEnd(within: 5000) == 0)
    wasWoken = observer.wait(0)
    #expect(!wasWoken, "once")
  }

  @Test(
    "A description of the kernel's types that is cut off or not one is refused",
    .enabled(if: FileManager.default.fileExists(atPath: types), "a kernel without BTF"))
  func brokenTypes() throws {
    let whole = try Data(contentsOf: URL(fileURLWithPath: BriefTests.types))
    func offsets(_ bytes: Data) -> (result: Int64, pid: UInt32) {
      var settings = fini_bpf_settings()
      let result = bytes.withUnsafeBytes {
        fini_bpf_offsets_from_bytes($0.baseAddress, UInt64(bytes.count), &settings)
      }
      return (result, settings.pid_offset)
    }
    let right = offsets(whole)
    #expect(right.result == 0 && right.pid > 0)
    for count in [0, 1, 23, 24, 25, 1000, whole.count / 2, whole.count - 1] {
      #expect(offsets(whole.prefix(count)).result == -2, "\(count) bytes")
    }
    // Magic, version, lengths and places that lead out of it; at last a first type of a kind that is not known.
    for place in [0, 2, 4, 8, 12, 16, 20, 24 + 7] {
      var broken = whole
      broken[place] = 0xff
      broken[place + 3] = 0xff
      #expect(offsets(broken).result == -2, "byte \(place)")
    }
  }
}
