import CFiniTestSupport
import FiniModel
import FiniStore
import Glibc

/// A process for the tests of the store: one that can be killed, or that has no rights.
///
/// - `record FILE COUNTER CAPACITY`: records without end; after each event it stores the event's
///   sequence in the first word of COUNTER, a shared mapping: the acknowledgement.
/// - `events FILE`: reads as the user "nobody" and prints how many events the last run has.
/// - `burst FILE COUNT`: records COUNT events between two calls of getpriority(2), which nothing
///   else makes, and prints how many allocations the recording thread made and the median of
///   nanoseconds per event over 20 slices.
/// - `flight FILE`: records two runs at once, prints how many events it has committed, and goes on without a commit.
/// - `record-as-nobody FILE`: tries to begin a run as "nobody" and prints the error.
@main
struct FiniStoreWriter {
  static func main() {
    let arguments = CommandLine.arguments
    guard arguments.count >= 3 else { exit(64) }
    do {
      switch arguments[1] {
      case "record":
        try record(into: arguments[2], counter: arguments[3], capacity: Int(arguments[4]) ?? 1)
      case "events":
        becomeNobody()
        let file = try TraceFile.openForReading(arguments[2])
        print(try file.events(of: file.run(.last).number).count)
      case "record-as-nobody":
        becomeNobody()
        _ = try TraceFile.openForRecording(arguments[2])
        print("opened")
      case "flight": try flight(into: arguments[2])
      case "burst": try burst(into: arguments[2], count: Int(arguments[3]) ?? 1)
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
    let recorder = try begin(in: path, capacity: capacity)
    var sequence: UInt32 = 0
    // The process that should kill it may have ended.
    alarm(120)
    while true {
      sequence += 1
      recorder.record(event(sequence))
      acknowledged.pointee = sequence
      // A ring that overflows loses acknowledged events and reports it; this test is about the
      // others.
      if sequence % 64 == 0 { usleep(200) }
    }
  }

  static func flight(into path: String) throws {
    let writer = try FlightWriter(try TraceFile.openForRecording(path))
    for id in 0..<2 { writer.begin(id, start) }
    writer.add(0, [event(1), event(2)])
    writer.add(1, [event(1)])
    try writer.commit()
    // The process that should kill it may have ended.
    alarm(120)
    writer.add(0, [event(3)])
    // print is buffered where it goes to a pipe.
    _ = write(STDOUT_FILENO, "3\n", 2)
    while true { pause() }
  }

  static func burst(into path: String, count: Int) throws {
    let recorder = try begin(in: path, capacity: count)
    let slice = count / 20
    var times = [UInt64](repeating: 0, count: 20)
    let before = test_allocations()
    _ = getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0)
    for part in 0..<20 {
      let start = now()
      for index in 1...slice { recorder.record(event(UInt32(part * slice + index))) }
      times[part] = now() - start
    }
    _ = getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0)
    let allocations = test_allocations() - before
    times.sort()
    print(allocations, Double(times[10]) / Double(slice))
    try recorder.finish(
      RunEnd(
        exitSummary: "", finished: Instant(rawValue: 2_000_000), finishedRealtime: 0))
  }

  static func begin(in path: String, capacity: Int) throws -> Recorder {
    let file = try TraceFile.openForRecording(path)
    return try file.beginRun(start, journalCapacity: capacity)
  }

  static var start: RunStart {
    RunStart(
      source: .engine, commandLine: "record",
      tracer: TaskIdentity(task: TaskID(4700), startTicks: 1, name: "writer"),
      tracee: TaskIdentity(task: TaskID(4711), startTicks: 2, name: "victim"), toolVersion: "0",
      kernelRelease: "0", started: Instant(rawValue: 1_000_000), startedRealtime: Int64(getpid()))
  }

  /// Every third event has registers.
  static func event(_ sequence: UInt32) -> Event {
    var detail = RequestCall.Detail.none
    if sequence % 3 == 0 {
      var registers = Registers()
      registers[.rip] = 0x4000_0000 + UInt64(sequence)
      registers[.rax] = UInt64(sequence)
      detail = .registers(registers)
    }
    let time = Instant(rawValue: 1_000_000 + UInt64(sequence) * 1000)
    return Event(
      sequence: sequence, entered: time, left: time.advanced(by: 500), tracer: TaskID(4700),
      tracee: TaskID(4711),
      payload: .request(
        RequestCall(request: .getRegisterSet, address: 1, data: UInt64(sequence), detail: detail)))
  }

  static func now() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}
