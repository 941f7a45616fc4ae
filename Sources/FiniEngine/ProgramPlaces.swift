internal import FiniModel
internal import FiniProcfs
internal import FiniPtrace

/// What the cure borrows of the program that runs in a task: places in its memory.
///
/// An execve makes them places of a program that is gone, or of one that is half there: the kernel maps
/// the vdso last.
@PtraceThread
struct ProgramPlaces {
  var finder: SyscallFinder
  var bridge: Bridge?
  var room: Room

  /// Looks once.
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
    room = Room(map)
  }

  /// How long an execve may take, in nanoseconds: its program may have to come from a busy disk.
  private static let patience: Int64 = 500_000_000

  /// Looks at a task that runs, and again where it seems to be in the middle of an execve.
  static func await(of task: TaskID, known: SyscallFinder?) throws(CureError) -> ProgramPlaces {
    let end = Tracer.now().advanced(by: patience)
    while true {
      // One look after the end: the time may have gone by without us.
      let isLast = Tracer.now() >= end
      do throws(CureError) { return try ProgramPlaces(of: task, known: known) } catch {
        guard case .noSyscallInstruction = error, !isLast else { throw error }
      }
      Tracer.pause(nanoseconds: 1_000_000)
    }
  }
}

extension HeldTask {
  /// In the first stop, where no execve is under way: looks again where the program may be another than
  /// the one that was looked at (TreeTests, a program that starts itself again and again).
  ///
  /// The rule is a bridge whose memory is the task's own; only without one is anything read.
  func findPlacesAnew() throws(CureError) {
    if let bridge = places.bridge, bridge.isIn(task), places.finder.stillHolds(in: task) { return }
    places = try ProgramPlaces(of: task)
  }

  /// Before anything of the task is changed there is a way back that needs no tracer.
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
