import FiniModel
import FiniObservers
import FiniStore
import FiniTestSupport
import Foundation
import Testing

/// What the tests of observers have in common.
enum Watching {
  /// Whether BPF is permitted here; asked once.
  static let isPermitted: Bool = {
    do {
      _ = try BPFObserver(subject: TaskID(Doors.ownProcess), ringSize: 1 << 16)
      return true
    } catch let refusal as BPFRefusal {
      print("BPF is not permitted here:", refusal.message)
      return false
    } catch {
      return false
    }
  }()

  /// Runs a program and collects what the observer tells, until the program has ended.
  static func run(
    _ program: String, _ words: [String], watching subject: TaskID, follow: Bool = false,
    during body: () -> Void = {}
  ) throws -> (events: [Event], status: Int32?, lost: UInt64) {
    var observer = try BPFObserver(subject: subject)
    let child = try LiveProcess(path: program, words: [program] + words)
    if follow { observer.follow(child.task) }
    body()
    var events: [Event] = []
    let status = try eventually(
      "the end of \(program)", within: 60_000,
      seeing: {
        events += observer.next(timeout: 10)
        return child.waitForEnd(within: 1)
      }
    ) { $0 != nil }
    events += observer.finish()
    return (events, status, observer.lost)
  }
}

/// A folder of a test's own.
final class Folder {
  let path: String
  init() throws {
    path = NSTemporaryDirectory() + "fini-observers-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }
  deinit { try? FileManager.default.removeItem(atPath: path) }
}

extension Event {
  /// The call as words, without times: what two observers of the same run must agree on.
  var callWords: String? {
    switch payload {
    case .request(let call):
      var words = "\(call.request) \(String(call.address, radix: 16)) = \(call.result)"
      // The two keep different words of it: who makes the call does not tell its own pointers.
      if call.request == .peekSignalInfo { return "\(call.request) = \(call.result)" }
      if call.request == .getDispatch || call.request == .setDispatch { return words }
      switch call.detail {
      case .registers(let registers):
        words +=
          " "
          + Registers.Name.allCases.map { String(registers[$0], radix: 16) }
          .joined(separator: " ")
      case .extendedState(let byteCount, _): words += " \(byteCount) bytes"
      case .signalSet(let set): words += " \(set)"
      case .signalInfo(let info): words += " \(info)"
      case .syscall(let info): words += " \(info)"
      case .sequenceArea(let area): words += " \(area)"
      default: words += " " + String(call.data, radix: 16)
      }
      return words
    case .wait(let call):
      // WNOWAIT takes nothing, and the engine does not tell of it.
      if call.options & 0x0100_0000 != 0 { return nil }
      return
        "wait \(call.options) = \(call.result) \(call.status.map { String($0, radix: 16) } ?? "-")"
    default: return nil
    }
  }
}
