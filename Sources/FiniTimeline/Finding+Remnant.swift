internal import FiniModel
internal import FiniProof

extension Finding {
  /// What a tracer left in a task, in a sentence.
  init(_ remnant: Remnant) {
    event = remnant.event
    switch remnant.what {
    case .word(let address):
      kind = .memoryPatched
      sentence = "the word at \(address) was patched and not written back"
    case .mapping(let range):
      kind = .blobLeft
      sentence = "\(range.byteCount) bytes mapped at \(range.start) were not unmapped"
    case .signal(let signal, _):
      kind = .signalLost
      sentence = "\(signal) was taken from the task and not given back"
    case .mask(let own, _, let left):
      kind = .maskChanged
      sentence = "the signal mask was \(own) and is \(left)"
    case .handlers(let lost):
      kind = .handlerLost
      let names = lost.signals.map { "\($0)" }.joined(separator: ", ")
      sentence = names + " had a handler before and has none now"
    }
  }
}
