internal import FiniModel

extension StopRecord {
  /// Whether an instruction of the task has caused its signal: a fault, a step, an int3. If it were
  /// held, it would occur again at once, or the code that waits for it would miss it.
  var isOwnDoing: Bool {
    switch stopClass {
    case .singleStep, .softwareBreakpoint: return true
    case .signalDelivery: break
    default: return false
    }
    guard let info, info.code.rawValue > 0 else { return false }
    switch info.signal {
    case .segmentation, .bus, .illegalInstruction, .floatingPoint, .trap: return true
    default: return false
    }
  }
}
