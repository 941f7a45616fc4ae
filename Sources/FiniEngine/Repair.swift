internal import CFiniParasite
package import FiniModel
internal import FiniProcfs
internal import FiniPtrace

/// What a killed recorder left in a task, as far as it can be seen from outside.
package struct Leftovers: Hashable, Sendable {
  /// The parasite's memory.
  package var region: RemoteRange?
  /// Bridges that stand in the vdso's last page.
  package var bridges: [RemoteRange] { standing.map(\.range) }
  let standing: [Bridge.Standing]

  /// Examines a task without touching it.
  ///
  /// The memory is recognized by the bytes of the blob, a bridge by its first instructions.
  package init(in task: TaskID) {
    guard let map = try? MemoryMap(of: task) else {
      region = nil
      standing = []
      return
    }
    region = map.mappings.first { Leftovers.holdsTheBlob($0, task) }?.range
    standing = Bridge.standing(in: task, map)
  }

  /// The Syscall User Dispatch setting of the task, if it was on.
  ///
  /// The bridge has it in its code. So it is known as long as the bridge stands, without a
  /// recording.
  var dispatch: SyscallDispatch? { standing.lazy.compactMap(\.dispatch).first }

  /// Whether nothing was left.
  package var isEmpty: Bool { region == nil && bridges.isEmpty }

  private static func holdsTheBlob(_ mapping: MemoryMap.Mapping, _ task: TaskID) -> Bool {
    let size = Int(fini_parasite_size())
    guard mapping.permissions == "rwxs", mapping.range.byteCount >= UInt64(size),
      let bytes = try? readMemory(of: task, at: mapping.range.start, count: size)
    else { return false }
    let blob = unsafe UnsafeRawBufferPointer(start: fini_parasite_start(), count: size)
    return unsafe bytes.elementsEqual(blob)
  }
}

/// What a repair did.
package struct RepairReport: Sendable {
  /// The address of the breakpoint that was disarmed.
  package var disarmed: RemoteAddress?
  /// The parasite's memory that was unmapped.
  package var unmapped: RemoteRange?
  /// How many bridges were taken away.
  package var bridges = 0
  /// Whether Syscall User Dispatch was switched on again.
  package var dispatches = false
  /// What could not be put back.
  package var leftBehind: [PutBack.Item] = []
  /// Why the repair could not go on.
  package var failure: CureError?

  /// Whether there was anything to repair.
  package var hasDone: Bool {
    disarmed != nil || unmapped != nil || bridges > 0 || dispatches
  }
}

extension Cure {
  /// Takes away what a killed recorder left in this task.
  ///
  /// - Parameters:
  ///   - armed: where the recording says that a breakpoint was left. Without a recording, a
  ///     breakpoint counts as the recorder's if it is in the recorder's memory, or where nothing is
  ///     mapped.
  ///   - isFresh: whether the recorder was killed just now. Later, a task that has left the parasite
  ///     by the bridge may have switched its Syscall User Dispatch off by itself.
  package func repair(armed: RemoteAddress?, isFresh: Bool = false) -> RepairReport {
    var done = RepairReport()
    do throws(CureError) {
      try victim.seize()
      try prepare()
      let found = Leftovers(in: task)
      let pc = held.saved.own.registers.programCounter
      if found.region?.contains(pc) ?? false || found.bridges.contains(where: { $0.contains(pc) }) {
        // It leaves by itself, and only needs time.
        try withdrawal.letGo()
        throw .overdue(.parasite)
      }
      done.disarmed = try disarmLeftover(armed, found)
      if let dispatch = found.dispatch, held.saved.dispatch.owed == nil,
        isFresh || found.region != nil
      {
        held.changeSaved { $0.dispatch = .switchedOff(dispatch) }
        done.dispatches = true
      }
      if let region = found.region {
        try held.buildBridge(regionByteCount: Int(region.byteCount))
        held.beginInfection(with: Infection(region: region))
      }
      held.places.leftBridges = found.standing
      try withdrawal.withdraw(to: held.saved.own.undisturbed, memory: nil)
      done.unmapped = found.region
      done.bridges = max(
        0, found.standing.count - held.leftBehind.count(where: { $0 == .bridge }))
    } catch {
      done.failure = error
      _ = withdrawal.undo(after: error)
    }
    done.leftBehind = held.leftBehind
    victim.forget()
    return done
  }

  private func disarmLeftover(
    _ known: RemoteAddress?, _ found: Leftovers
  ) throws(CureError) -> RemoteAddress? {
    let control = DebugControl(rawValue: try victim.debugRegister(DebugRegister.control))
    guard control.isArmed else { return nil }
    let address = RemoteAddress(try victim.debugRegister(0))
    let isMapped = (try? MemoryMap(of: task))?.mapping(at: address) != nil
    guard address == known || found.region?.contains(address) ?? false || !isMapped else {
      return nil
    }
    // Other breakpoints may belong to another program.
    try victim.setDebugRegister(DebugRegister.control, to: control.withoutFirst.rawValue)
    return address
  }
}
