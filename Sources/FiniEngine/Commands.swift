internal import CFiniParasite
internal import FiniModel
internal import FiniProcfs
internal import FiniPtrace

extension Cure {
  /// Waits for the parasite's next packet and records it.
  ///
  /// No mask keeps out SIGSTOP, or a SIGTRAP that a user sends. Such signals stop the task
  /// meanwhile: they are held, and the parasite runs on.
  func receive(
    _ command: RPCRecord.Command, _ link: borrowing ParasiteLink
  ) throws(CureError) -> fini_packet {
    try awaitPacket(link)
    var packet = fini_packet()
    let size = take(&packet, link)
    if size == 0 {
      tracer.note(.rpc(RPCRecord(command: command, direction: .closed)), about: task)
      throw .parasiteLeft
    }
    guard size == Int64(MemoryLayout<fini_packet>.size),
      packet.command == UInt32(command.rawValue)
    else { throw .parasiteRubbish }
    var record = RPCRecord(
      command: command, direction: .acknowledged, result: Int64(packet.result),
      value: packet.value)
    if command == .misc {
      record.misc = ParasiteMisc(packet, umask: umask)
      record.value = record.misc?.brk.rawValue ?? 0
    }
    tracer.note(.rpc(record), about: task)
    return packet
  }

  private func take(_ packet: inout fini_packet, _ link: borrowing ParasiteLink) -> Int64 {
    guard link.socket >= 0 else {
      packet = link.memory.mail
      return Int64(MemoryLayout<fini_packet>.size)
    }
    return unsafe withUnsafeMutableBytes(of: &packet) {
      unsafe receivePacket(link.socket, into: $0)
    }
  }

  private func awaitPacket(_ link: borrowing ParasiteLink) throws(CureError) {
    if link.socket < 0 { return try awaitMemory(link.memory) }
    try awaitMessage(socket: link.socket, word: nil)
  }

  /// Waits until the parasite has handed the shared memory back.
  func awaitMemory(_ memory: ParasiteMemory) throws(CureError) {
    try awaitMessage(socket: -1, word: (memory.writer, UInt32(FINI_WRITER_TRACER)))
  }

  private func awaitMessage(socket: Int32, word: (SharedWord, UInt32)?) throws(CureError) {
    while true {
      switch try victim.arrive(.parasite, socket: socket, word: word) {
      case .packet:
        return
      case .overdue:
        throw .overdue(.parasite)
      case .stop:
        try refuseCrash()
        victim.hold()
        try victim.resume(.cont)
      }
    }
  }

  /// A fault with its address inside the blob is the parasite's own.
  private func refuseCrash() throws(CureError) {
    guard victim.stop.stopClass == .signalDelivery, let info = victim.stop.info,
      info.code.rawValue > 0, info.signal != .trap,
      let pc = victim.stop.programCounter, held.isInRegion(pc)
    else { return }
    throw .parasiteCrashed(info)
  }

  /// Sends a command and records that.
  func send(
    _ command: RPCRecord.Command, value: UInt64 = 0, _ link: borrowing ParasiteLink
  ) throws(CureError) {
    var packet = fini_packet()
    packet.command = UInt32(command.rawValue)
    packet.value = value
    let result = hand(packet, link)
    tracer.note(
      .rpc(RPCRecord(command: command, direction: .sent, result: min(result, 0), value: value)),
      about: task)
    if let error = Errno(result: result) { throw .local("sending to the parasite", error) }
  }

  private func hand(_ packet: fini_packet, _ link: borrowing ParasiteLink) -> Int64 {
    guard link.socket >= 0 else {
      link.memory.mail = packet
      link.memory.handOver()
      return Int64(MemoryLayout<fini_packet>.size)
    }
    return unsafe withUnsafeBytes(of: packet) { unsafe sendPacket(link.socket, $0) }
  }

  /// Receives the parasite's first packet, and checks that it answers commands.
  func command(_ link: borrowing ParasiteLink) throws(CureError) {
    let ready = try receive(.ready, link)
    guard RemoteAddress(ready.value) == held.hold.infection?.sigreturn else {
      throw .parasiteRubbish
    }
    // The parasite has closed its copy of the tracer's end by now.
    held.changeInfection { $0.tracerEnd = nil }
    let echo: UInt64 = 0x6669_6e69
    try send(.ping, value: echo, link)
    guard try receive(.ping, link).value == echo else { throw .parasiteRubbish }
    try send(.misc, link)
    report.misc = ParasiteMisc(try receive(.misc, link), umask: umask)
  }

  /// The umask as the kernel told it at the last stop.
  ///
  /// The parasite does not ask for it: umask(2) can only replace the umask. A thread or process
  /// that shares it (`CLONE_FS`) would make files with the replaced one meanwhile
  /// (SharedUmaskTests).
  private var umask: UInt32? { victim.reading?.umask }

  /// Waits until the parasite has closed its end, after `park`.
  func awaitClosed(_ link: borrowing ParasiteLink) throws(CureError) {
    try awaitPacket(link)
    var packet = fini_packet()
    if link.socket >= 0, take(&packet, link) != 0 { throw .parasiteRubbish }
    tracer.note(.rpc(RPCRecord(command: .park, direction: .closed)), about: task)
    held.changeInfection { $0.socket = nil }
  }
}

extension ParasiteMisc {
  init(_ packet: fini_packet, umask: UInt32?) {
    self.init(
      process: TaskID(packet.pid), task: TaskID(packet.tid), brk: RemoteAddress(packet.brk),
      umask: umask ?? 0,
      blocked: SignalSet(rawValue: packet.blocked), pending: SignalSet(rawValue: packet.pending))
  }
}
