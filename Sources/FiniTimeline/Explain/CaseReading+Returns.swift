internal import FiniModel
internal import FiniProof

extension CaseReading {
  /// Whether a fault is the return of a function that its tracer called: the task stands where the word leads to that
  /// the tracer wrote at the top of its stack, and gets other registers after it. Such a stop is the tracer's own.
  /// (CauseTests.)
  func isPlantedReturn(_ stop: StopRecord, at sequence: UInt32) -> Bool {
    guard facts.interrupt == nil, let counter = stop.programCounter, let signal = stop.signal,
      [.segmentation, .bus, .illegalInstruction].contains(signal),
      account.registersWritten.map({ $0 > sequence }) ?? false
    else { return false }
    var top: UInt64?
    var words: [UInt64: UInt64] = [:]
    for event in events where event.tracee == task && event.sequence < sequence {
      switch event.payload {
      case .request(let call) where call.error == nil:
        switch call.request {
        case .pokeText, .pokeData: words[call.address] = call.data
        default:
          guard call.request.kind == .registersWritten, let known = call.generalRegisters else {
            continue
          }
          top = known[.rsp] ?? top
        }
      case .memory(let access) where access.error == nil && access.way.isWrite:
        // More than a word may be written, and the first word of it is what is kept.
        if access.byteCount >= 8 { words[access.address.rawValue] = access.bytes }
      default: break
      }
    }
    guard let top, let planted = words[top] else { return false }
    return planted == counter.rawValue
  }
}
