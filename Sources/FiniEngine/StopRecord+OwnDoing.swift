internal import FiniModel

extension StopRecord {
  /// Whether its signal is what an instruction has brought upon the task: a fault, a step, an int3. Kept back
  /// it would come again at once, or be missed by what waits for it.
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
