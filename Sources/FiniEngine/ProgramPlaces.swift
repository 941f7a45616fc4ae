internal import FiniModel
internal import FiniProcfs
internal import FiniPtrace

/// What the cure borrows from the program that runs in a task: places in its memory.
///
/// After an execve they are places of a program that is gone. During an execve the new program is
/// incomplete: the kernel maps the vdso last.
@PtraceThread
struct ProgramPlaces {
  var finder: SyscallFinder
  var bridge: Bridge?
  var hint: MappingHint
  /// Bridges that killed recorders left: they are taken away together with the cure's own.
  var leftBridges: [Bridge.Standing] = []

  /// Searches once.
  ///
  /// - Parameter known: what was found in the same program before, if it still holds.
  init(of task: TaskID, known: SyscallFinder? = nil) throws(CureError) {
    let map: MemoryMap
    do { map = try MemoryMap(of: task) } catch { throw .local("reading its maps", error) }
    if let known, known.stillHolds(in: task) {
      finder = known
    } else {
      finder = try SyscallFinder.search(task, in: map)
    }
    bridge = Bridge.search(task, in: map)
    hint = MappingHint(map)
  }

  /// How long an execve may take, in nanoseconds: a busy disk may have to deliver the program.
  private static let patience: Int64 = 500_000_000

  /// Searches a running task, and again if it seems to be in an execve.
  static func await(of task: TaskID, known: SyscallFinder?) throws(CureError) -> ProgramPlaces {
    let end = Tracer.now().advanced(by: patience)
    while true {
      // One search after the end of the time: this process may not have run meanwhile.
      let isLast = Tracer.now() >= end
      do throws(CureError) { return try ProgramPlaces(of: task, known: known) } catch {
        guard case .noSyscallInstruction = error, !isLast else { throw error }
      }
      Tracer.pause(nanoseconds: 1_000_000)
    }
  }
}

extension HeldTask {
  /// In the first stop, when no execve is under way: searches again if the program may be another
  /// one than at the first search (TreeTests, a program that starts itself again and again).
  ///
  /// Normally there is a bridge, and its memory is the task's own. Only without a bridge is
  /// anything read.
  func findPlacesAnew() throws(CureError) {
    if let bridge = places.bridge, bridge.isIn(task), places.finder.stillHolds(in: task) { return }
    places = try ProgramPlaces(of: task)
  }

  /// Builds the bridge before anything of the task is changed, so that there is a way back without
  /// a tracer.
  func buildBridge(regionByteCount: Int) throws(CureError) {
    if let bridge = places.bridge {
      let code = BridgeCode(
        backTo: saved.own.registers.forBridge, mask: saved.own.mask,
        dispatch: saved.dispatch.owed, regionByteCount: UInt32(regionByteCount))
      if bridge.build(code, in: task) { return }
      put(.bridge, bridge.remove(from: task))
      places.bridge = nil
    }
    guard places.finder.stillHolds(in: task) else { throw .noSyscallInstruction }
  }
}
