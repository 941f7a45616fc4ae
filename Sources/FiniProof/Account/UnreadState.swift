internal import FiniModel

/// The register sets, beside the general registers, that a tracer wrote and had never read any of: it can't put back what
/// the task had there. (CauseTests.)
struct UnreadState: Hashable, Sendable {
  private struct Write: Hashable {
    var event: UInt32
    var isSure: Bool
  }

  private var read: Set<UInt64> = []
  private var written: [UInt64: Write] = [:]
  private var hasLost = false

  /// The first write of each, in order.
  var remnants: [Remnant] {
    written.sorted { $0.value.event < $1.value.event }.map {
      Remnant(what: .unreadState(set: $0.key), event: $0.value.event, isSure: $0.value.isSure)
    }
  }

  /// A request that was not refused.
  mutating func observe(_ call: RequestCall, at sequence: UInt32) {
    guard let set = UnreadState.set(of: call) else { return }
    if call.request.onlyLooks {
      read.insert(set)
    } else if !read.contains(set), written[set] == nil {
      written[set] = Write(event: sequence, isSure: !hasLost)
    }
  }

  /// The task got state of its own, by rt_sigreturn or execve.
  mutating func settle() { written = [:] }

  /// Events were lost: it may have been read in them.
  mutating func doubt() {
    hasLost = true
    for set in written.keys { written[set]?.isSure = false }
  }

  /// The set that a request moves: one number for all that have the floating-point registers. Breakpoint registers are the
  /// tracer's, and a task has none of its own.
  private static func set(of call: RequestCall) -> UInt64? {
    switch call.request {
    case .getFloatingPoint, .setFloatingPoint, .getExtendedFloatingPoint, .setExtendedFloatingPoint:
      return RegisterSet.floatingPoint
    case .getRegisterSet, .setRegisterSet:
      switch call.address {
      // The second is what strace's name of an unknown set is read as.
      case RegisterSet.general, 0, RegisterSet.armBreakpoints, RegisterSet.armWatchpoints,
        RegisterSet.armSystemCall:
        return nil
      case RegisterSet.extendedState, RegisterSet.extendedFloatingPoint, RegisterSet.armVector:
        return RegisterSet.floatingPoint
      default: return call.address
      }
    default: return nil
    }
  }
}
