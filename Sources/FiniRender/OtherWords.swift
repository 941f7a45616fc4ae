internal import FiniModel
internal import FiniTimeline

/// The text for events that are neither calls nor stops.
struct OtherWords {
  let addresses: AddressBook
  /// Whether the tracer let go of the task: then an end is no trouble.
  let isLetGo: Bool

  func describe(_ event: Event, in row: inout TimelineRow) {
    switch event.payload {
    case .rpc(let record): describe(record, in: &row)
    case .signal(let record): describe(record, in: &row)
    case .ended(let ending):
      row.arrow = .toTracer
      row.isTrouble = !isLetGo
      switch ending {
      case .exited(let code): row.tracee = ["exited with \(code)"]
      case .killed(let signal, let core):
        row.tracee = ["killed by \(signal)" + (core ? ", core dumped" : "")]
      }
    case .snapshot(let snapshot):
      row.tracer = "state read"
      row.tracee = pieces(for: snapshot)
    case .missed(let missed):
      row.isTrouble = true
      row.tracer = "MISSED: no \(missed.awaited.name)"
      if missed.waited > 0 { row.tracer += " in \(missed.waited / 1_000_000) ms" }
    case .fallback(let fallback):
      row.tracer =
        "fallback from \(fallback.from.name) to \(fallback.to.name): \(fallback.reason.name)"
    case .putBack(let item):
      row.isTrouble = !item.succeeded
      row.tracer = "put back \(item.item.name)"
      if let error = Errno(result: item.result) {
        row.tracer += " = \(error)"
      } else if item.result < 0 {
        row.tracer += " = \(item.result)"
      } else if item.differing > 0 {
        row.tracer += ": \(item.differing) differ"
      }
      if !item.mended.isEmpty {
        row.tracer += ", mended \(item.mended.names.joined(separator: " "))"
      }
    case .sequenceAbort(let abort):
      row.tracer = "rseq abort to \(addresses.name(abort.sequence.abort))"
      row.tracee = ["in a sequence, pc \(addresses.name(abort.programCounter))"]
    case .memory(let access):
      if let error = access.error {
        row.isTrouble = access.way.isWrite
        row.tracer =
          "\(access.way.name) \(addresses.name(access.address)): \(error)"
        break
      }
      let bytes = (0..<UInt64(access.byteCount)).map { place in
        let byte = UInt8(truncatingIfNeeded: access.bytes >> (8 * place))
        return (byte < 16 ? "0" : "") + String(byte, radix: 16)
      }
      row.tracer =
        "\(access.way.name) \(addresses.name(access.address)):"
        + " \(bytes.joined(separator: " "))"
    case .gap(let lost):
      row.isTrouble = true
      row.tracer = "LOST: \(lost) \(lost == 1 ? "event" : "events") before this one"
    case .sigreturn(let record):
      let place = addresses.name(record.registers.programCounter)
      row.tracee = [
        record.passage == .entered
          ? "enters rt_sigreturn at \(place)" : "leaves rt_sigreturn to \(place)"
      ]
    case .log(let record):
      row.isTrouble = record.severity == .error
      row.tracer = "log \(LogWords.words(for: record))"
    case .unparsed(let line):
      row.tracer = "line \(line) was not understood"
    case .request, .wait, .stop, .phase:
      break
    }
  }

  private func describe(_ record: RPCRecord, in row: inout TimelineRow) {
    row.tracer = "rpc \(record.command.name)"
    switch record.direction {
    case .sent:
      row.arrow = .toTracee
      if record.result < 0 {
        row.isTrouble = true
        row.tracer += " = \(Errno(result: record.result)?.description ?? "\(record.result)")"
      } else {
        row.tracee = ["sent"]
      }
    case .acknowledged:
      row.arrow = .toTracer
      row.tracee = [record.result == 0 ? "acknowledged" : "answered \(record.result)"]
      if record.command == .ready, record.value != 0 {
        row.tracee.append("sigreturn at \(addresses.name(RemoteAddress(record.value)))")
      }
    case .closed:
      row.arrow = .toTracer
      row.tracee = ["closed its end"]
    }
  }

  private func describe(_ record: SignalRecord, in row: inout TimelineRow) {
    switch record.fate {
    case .held:
      row.tracer = "hold \(StopWords.words(for: record.info))"
    case .putBack:
      row.tracer = "put back \(record.info.signal)"
      row.arrow = .toTracee
    case .generated, .pending, .coalesced, .delivered, .discarded:
      row.tracee = ["\(StopWords.words(for: record.info)) \(record.fate.name)"]
    }
  }

  private func pieces(for snapshot: Snapshot) -> [String] {
    var pieces = ["state \(Escaped(bytes: [snapshot.state]))"]
    if let place = snapshot.programCounter {
      pieces.append("pc \(addresses.name(place))")
    }
    if let dr0 = snapshot.dr0 {
      pieces.append("DR0 \(addresses.name(RemoteAddress(dr0)))")
    }
    if let dr6 = snapshot.dr6 { pieces.append("DR6 \(Hex.word(dr6))") }
    if let dr7 = snapshot.dr7 { pieces.append("DR7 \(Hex.word(dr7))") }
    if let number = snapshot.syscall { pieces.append("in \(SyscallNames.name(number))") }
    if let sets = snapshot.sets {
      pieces.append("pending \(sets.allPending)")
      pieces.append("blocked \(sets.blocked)")
    }
    return pieces
  }
}
