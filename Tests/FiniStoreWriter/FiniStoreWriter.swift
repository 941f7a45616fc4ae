import FiniModel
import FiniStore
import Glibc

/// A process for the tests of the store: one that can be killed, or that has no rights.
///
/// - `record FILE COUNTER CAPACITY`: records without end; after each event it stores the event's
///   sequence in the first word of COUNTER, a shared mapping: the acknowledgement.
/// - `events FILE`: reads as the user "nobody" and prints how many events the last run has.
/// - `record-as-nobody FILE`: tries to begin a run as "nobody" and prints the error.
@main
struct FiniStoreWriter {
  static func main() {
    let arguments = CommandLine.arguments
    guard arguments.count >= 3 else { exit(64) }
    do {
      switch arguments[1] {
      case "record": try record(into: arguments[2], counter: arguments[3], capacity: Int(arguments[4])!)
      case "events":
        becomeNobody()
        let file = try TraceFile.openForReading(arguments[2])
        print(try file.events(of: file.run(.last).number).count)
      case "record-as-nobody":
        becomeNobody()
        _ = try TraceFile.openForRecording(arguments[2])
        print("opened")
      default: exit(64)
      }
    } catch {
      print("error: \(error)")
      exit(1)
    }
  }

  static func becomeNobody() {
    guard setgid(65534) == 0, setuid(65534) == 0 else { exit(65) }
  }

  static func record(into path: String, counter: String, capacity: Int) throws {
    let descriptor = open(counter, O_RDWR)
    guard descriptor >= 0,
      let memory = mmap(nil, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0),
      memory != MAP_FAILED
    else { exit(66) }
    let acknowledged = memory.assumingMemoryBound(to: UInt32.self)
    let file = try TraceFile.openForRecording(path)
    let me = TaskIdentity(task: TaskID(getpid()), startTicks: 1, name: "writer")
    let victim = TaskIdentity(task: TaskID(4711), startTicks: 2, name: "victim")
    let recorder = try file.beginRun(
      RunStart(
        source: .engine, commandLine: "record", tracer: me, tracee: victim, toolVersion: "0",
        kernelRelease: "0", started: Instant(rawValue: 1_000_000), startedRealtime: Int64(getpid())),
      journalCapacity: capacity)
    var sequence: UInt32 = 0
    while true {
      sequence += 1
      let detail: RequestCall.Detail
      if sequence % 3 == 0 {
        var registers = Registers()
        registers[.rip] = 0x4000_0000 + UInt64(sequence)
        registers[.rax] = UInt64(sequence)
        detail = .registers(registers)
      } else {
        detail = .none
      }
      let time = Instant(rawValue: 1_000_000 + UInt64(sequence) * 1000)
      recorder.record(
        Event(
          sequence: sequence, entered: time, left: time.advanced(by: 500), tracer: me.task,
          tracee: victim.task,
          payload: .request(
            RequestCall(
              request: .getRegisterSet, address: 1, data: UInt64(sequence), detail: detail))))
      acknowledged.pointee = sequence
      // A ring that overflows loses what was acknowledged, and says so; this is about the rest.
      if sequence % 64 == 0 { usleep(200) }
    }
  }
}
