import FiniModel
import Testing

@Suite struct PtraceRequestTests {
  // By number, from ptrace(2) and linux/ptrace.h: what each does to the task.
  static let looks: [Int64] = [
    1, 2, 3, 12, 14, 18, 25, 0x4201, 0x4202, 0x4204, 0x4209, 0x420a, 0x420c, 0x420d, 0x420e, 0x420f,
    0x4211,
  ]
  static let changes: [Int64] = [
    4, 5, 6, 13, 15, 19, 21, 26, 30, 0x4200, 0x4203, 0x4205, 0x420b, 0x4210, 0x4212,
  ]
  static let resumes: [Int64] = [7, 8, 9, 17, 24, 31, 32, 33, 0x4208]
  static let takes: [Int64] = [0, 16, 0x4206]

  @Test("Each request with a name has one effect, and it is the one in the manual")
  func effects() {
    for (number, name) in PtraceRequest.names {
      let request = PtraceRequest(rawValue: number)
      let expected: PtraceRequest.Effect =
        Self.looks.contains(number)
        ? .looks
        : Self.changes.contains(number)
          ? .changes
          : Self.resumes.contains(number)
            ? .resumes : Self.takes.contains(number) ? .takes : .asksForStop
      #expect(request.effect == expected, "\(name)")
      #expect(request.onlyLooks == (expected == .looks))
    }
    #expect(PtraceRequest(rawValue: 0x4207).effect == .asksForStop)
    #expect(PtraceRequest(rawValue: 0x4299).effect == .unknown)
  }

  @Test("A read is no change, and a request that needs a stopped task takes none")
  func changesStoppedTask() {
    for number in Self.looks + Self.takes {
      #expect(!PtraceRequest(rawValue: number).changesStoppedTask)
    }
    for number in Self.changes + Self.resumes where number != 8 {
      #expect(PtraceRequest(rawValue: number).changesStoppedTask)
    }
    #expect(!PtraceRequest.kill.changesStoppedTask, "PTRACE_KILL succeeds on a running task")
  }

  @Test(
    "The memory that the last argument points to",
    arguments: [
      (1, .word), (3, .word), (0x4201, .word), (0x420a, .word), (0x420b, .word),
      (0x4202, .signalInfo), (0x4203, .signalInfo), (0x4209, .signalInfo), (12, .registers),
      (13, .registers), (0x420e, .structure), (0x420f, .structure), (0x4204, .registerSet),
      (0x4205, .registerSet), (5, .none), (7, .none), (17, .none), (0x4206, .none),
    ] as [(Int64, PtraceRequest.Memory)])
  func memory(number: Int64, memory: PtraceRequest.Memory) {
    #expect(PtraceRequest(rawValue: number).memory == memory)
  }
}
