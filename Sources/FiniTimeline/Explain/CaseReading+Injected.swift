internal import FiniModel
internal import FiniProof

/// What a tracer had a task do.
extension CaseReading {
  /// Whether there is a cure in the run: a blob that was mapped, an rt_sigreturn, an interrupt of what was injected, or
  /// CRIU's own log. Else its words (fini, daemon) are said of nothing.
  var showsCure: Bool {
    source == .engine || source == .criuLog || !lines.isEmpty || facts.interrupt != nil
      || facts.sigreturnEntry != nil || facts.sigreturnLeft != nil || account.memory.blob != nil
  }

  /// The system call that a task was sent to last, where its tracer had written the instruction and the registers.
  func injectedCall(of task: TaskID, before end: Event) -> (name: String, event: UInt32)? {
    var words: [UInt64: UInt64] = [:]
    var last: (number: UInt64, place: UInt64, event: UInt32)?
    for event in events where event.tracee == task && event.sequence < end.sequence {
      guard case .request(let call) = event.payload, call.error == nil else { continue }
      switch call.request {
      case .pokeText, .pokeData: words[call.address] = call.data
      default:
        guard call.request.kind == .registersWritten, let known = call.generalRegisters,
          let counter = known.programCounter, let number = known[.rax]
        else { continue }
        last = (number, counter.rawValue, event.sequence)
      }
    }
    // 0f 05 is `syscall`.
    guard let last, let word = words[last.place], word & 0xffff == 0x050f,
      let name = SyscallNumber.name(last.number)
    else { return nil }
    return (name, last.event)
  }

  /// Registers that were read, an execve, and the same registers written: those of a program that is not there any more.
  func registersOfOldProgram(
    of task: TaskID, before end: Event
  ) -> (read: UInt32, exec: UInt32, written: UInt32)? {
    var read: (place: UInt64, event: UInt32)?
    var exec: UInt32?
    var found: (read: UInt32, exec: UInt32, written: UInt32)?
    for event in events where event.tracee == task && event.sequence < end.sequence {
      switch event.payload {
      case .stop(let stop) where stop.stopClass == .event(.exec):
        (exec, found) = (event.sequence, nil)
      case .wait(let call) where call.result > 0:
        guard let status = call.status, case .event(.exec, _) = WaitStatus(rawValue: status) else {
          continue
        }
        (exec, found) = (event.sequence, nil)
      case .request(let call) where call.error == nil:
        guard let counter = call.generalRegisters?.programCounter?.rawValue else { continue }
        switch call.request.kind {
        case .registersRead: (read, exec, found) = ((counter, event.sequence), nil, nil)
        case .registersWritten:
          guard let read, let exec, read.place == counter else { continue }
          found = (read.event, exec, event.sequence)
        default: break
        }
      default: break
      }
    }
    return found
  }
}
