import FiniModel
import FiniProcfs
import FiniTestSupport
import Testing

@Suite("/proc/<pid>/syscall as a value")
struct TaskCallTests {
  // The forms of proc_pid_syscall(5).
  @Test("In a call, in no call, running, and a line in another format")
  func forms() {
    let call = TaskCall(parsing: "0 0x0 0x7ffd 0x10 0x0 0x0 0x0 0x7ffe 0x7f00deadbeef")
    #expect(call?.number == 0 && call?.programCounter == RemoteAddress(0x7f00_dead_beef))
    let none = TaskCall(parsing: "-1 0x7ffe 0x401000")
    #expect(none != nil && none?.number == nil)
    #expect(none?.programCounter == RemoteAddress(0x401000))
    for line in ["running", "", "0", "x 0x1 0x2", "1 0x1 2", "1 0x1 0xz"] {
      #expect(TaskCall(parsing: line) == nil, "\(line)")
    }
  }

  @Test("Of a victim that reads, and of a task that does not exist")
  func real() throws {
    try withVictim("blocked-in-read") { victim in
      let call = try? TaskCall(of: victim.task)
      #expect(call?.number == 0)
    }
    #expect(throws: Errno.self) { try TaskCall(of: TaskID(Int32.max)) }
  }
}
