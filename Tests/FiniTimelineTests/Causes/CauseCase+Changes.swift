import FiniEventScripts
import FiniModel
import FiniTimeline

/// What a tracer changes in a task by hand, by calls that the task makes for it, and at the entry of the task's own.
extension CauseCase {
  private static let int3: UInt64 = 0xcc
  private static let push: UInt64 = 0x55
  private static let nop: UInt64 = 0x90
  private static let pageSize: UInt64 = 0x1000

  /// Taken, something done to it, let go.
  private static func held(_ body: (inout EventScript) -> Void) -> EventScript {
    .told(by: .strace) {
      $0.take()
      body(&$0)
      $0.request(.detach)
      $0.endTracer(.exited(code: 0))
    }
  }

  /// Registers with one changed.
  private static func changed(_ name: Registers.Name, _ value: UInt64) -> Registers {
    var registers = EventScript.saved
    registers[name] = value
    return registers
  }

  /// It runs into an int3 of the tracer's that stands in place of an instruction that begins with `old`; the registers
  /// are read, and the instruction put back.
  private static func hit(over old: UInt64, _ body: (inout EventScript) -> Void) -> EventScript {
    held {
      $0.peek(EventScript.injected, old)
      $0.request(.pokeText, EventScript.injected, int3)
      $0.request(.cont)
      $0.stop(.unknown, status: 0x57f)
      $0.readRegisters(changed(.rip, EventScript.injected + 1))
      $0.request(.pokeText, EventScript.injected, old)
      body(&$0)
    }
  }

  /// A call for the tracer, with all put back after it but what the call did.
  private static func called(
    _ calls: [(name: String, first: UInt64, second: UInt64, result: UInt64)], isLost: Bool = false
  ) -> EventScript {
    held {
      $0.peek(EventScript.injected, 0xc3)
      $0.request(.pokeData, EventScript.injected, 0xcc_050f)
      for call in calls {
        let number = SyscallNumber.number(named: call.name) ?? .max
        $0.injectedCall(number, call.first, call.second, result: call.result)
      }
      $0.request(.pokeData, EventScript.injected, 0xc3)
      $0.writeRegisters(EventScript.saved)
      if isLost { $0.add(.gap(lost: 1)) }
    }
  }

  /// It stands at the entry of a system call, of which the registers are read.
  private static func entered(_ body: (inout EventScript) -> Void) -> EventScript {
    held {
      $0.request(.syscall)
      $0.add(
        .stop(StopRecord(status: 0x857f, stopClass: .syscallEntry, syscall: CallNumber(230))))
      $0.readRegisters(atEntry)
      body(&$0)
    }
  }

  private static var atEntry: Registers {
    var registers = EventScript.saved
    registers[.rax] = UInt64(bitPattern: -38)
    registers[.origRAX] = 230
    return registers
  }

  private static func without(_ entry: Registers) -> Registers {
    var registers = entry
    registers[.origRAX] = .max
    return registers
  }

  private static func state(_ digest: UInt64) -> RequestCall.Detail {
    .extendedState(byteCount: 512, digest: digest)
  }

  static let changes: [CauseCase] = [
    // Registers.
    CauseCase(
      .registersLeft, .named, "rip by POKEUSER, never read",
      .told(by: .strace) {
        $0.request(.attach)
        $0.deliveryStop(.stop)
        $0.request(.pokeUser, UInt64(Registers.Name.rip.rawValue) * 8, 0x40_1000)
        $0.request(.detach)
        $0.endTracer(.exited(code: 0))
      }),
    CauseCase(
      .registersLeft, .possible, "rip by POKEUSER, after a look at registers that are not shown",
      .told(by: .strace) {
        $0.request(.attach)
        $0.deliveryStop(.stop)
        $0.request(.getRegisters, detail: .notSeen)
        $0.request(.pokeUser, UInt64(Registers.Name.rip.rawValue) * 8, 0x40_1000)
        $0.request(.detach)
        $0.endTracer(.exited(code: 0))
      }),
    CauseCase(
      .registersLeft, .absent, "a word by POKEUSER that was read before",
      .told(by: .strace) {
        let offset = UInt64(Registers.Name.rbx.rawValue) * 8
        $0.request(.attach)
        $0.deliveryStop(.stop)
        $0.request(.peekUser, offset, 7)
        $0.request(.pokeUser, offset, 8)
        $0.request(.pokeUser, offset, 7)
        $0.request(.detach)
      }),
    CauseCase(.registersLeft, .absent, "a debug register", held { $0.poke(0, 0x40_1000) }),
    CauseCase(
      .registersLeft, .named, "TF set by hand",
      held { $0.writeRegisters(changed(.eflags, 0x346)) }),
    CauseCase(
      .registersLeft, .absent, "TF set by hand, and cleared",
      held {
        $0.writeRegisters(changed(.eflags, 0x346))
        $0.writeRegisters(EventScript.saved)
      }),
    CauseCase(
      .registersLeft, .absent, "RF, which a breakpoint sets",
      held { $0.writeRegisters(changed(.eflags, 0x1_0246)) }),
    CauseCase(
      .registersLeft, .possible, "changed by hand, and events were lost",
      held {
        $0.writeRegisters(changed(.rbx, 5))
        $0.add(.gap(lost: 1))
      }),
    CauseCase(
      .registersLeft, .named, "its interrupted call can't be restarted",
      held { $0.writeRegisters(changed(.origRAX, .max)) }),
    CauseCase(
      .registersLeft, .absent, "its interrupted call ends with EINTR",
      held { $0.writeRegisters(changed(.rax, UInt64(bitPattern: -4))) }),
    CauseCase(
      .registersLeft, .named, "those of a call by an instruction that was there",
      held {
        $0.writeRegisters(EventScript.lent(39))
        $0.request(.singleStep)
        $0.stop(.singleStep, status: 0x57f)
        var after = EventScript.lent(39, at: EventScript.injected + 2)
        after[.rax] = 77
        after[.rcx] = EventScript.injected + 2
        $0.readRegisters(after)
      }),
    CauseCase(
      .registersLeft, .absent, "put back after a function that was called by hand",
      held {
        var call = changed(.rip, 0x40_3000)
        call[.origRAX] = .max
        $0.writeRegisters(call)
        $0.request(.cont)
        $0.stop(.unknown, status: 0x57f)
        $0.readRegisters(changed(.rip, 0x40_0001))
        $0.writeRegisters(EventScript.saved)
      }),
    CauseCase(.registersLeft, .named, "past an int3 over an instruction", hit(over: push) { _ in }),
    CauseCase(
      .registersLeft, .named, "let run past an int3 over an instruction",
      hit(over: push) {
        $0.request(.cont)
        $0.request(.interrupt)
        $0.interruptStop()
      }),
    CauseCase(.registersLeft, .absent, "past an int3 over a nop", hit(over: nop) { _ in }),
    CauseCase(
      .registersLeft, .absent, "set back to the instruction",
      hit(over: push) { $0.writeRegisters(changed(.rip, EventScript.injected)) }),
    CauseCase(
      .registersLeft, .absent, "set back to the instruction, and looked at once more",
      hit(over: push) {
        $0.writeRegisters(changed(.rip, EventScript.injected))
        $0.request(.peekUser, UInt64(Registers.Name.ss.rawValue) * 8, EventScript.saved[.ss])
      }),
    CauseCase(
      .registersLeft, .absent, "set back by POKEUSER",
      hit(over: push) {
        $0.request(.pokeUser, UInt64(Registers.Name.rip.rawValue) * 8, EventScript.injected)
      }),
    CauseCase(
      .registersLeft, .named, "another floating-point state",
      held {
        $0.request(.getFloatingPoint, detail: state(1))
        $0.request(.setFloatingPoint, detail: state(2))
      }),
    CauseCase(
      .registersLeft, .absent, "the floating-point state put back",
      held {
        $0.request(.getFloatingPoint, detail: state(1))
        $0.request(.setFloatingPoint, detail: state(2))
        $0.request(.setFloatingPoint, detail: state(1))
      }),
    CauseCase(
      .registersLeft, .absent, "an extended state whose bytes were not seen",
      held {
        let unseen = RequestCall.Detail.extendedState(byteCount: 2696, digest: nil)
        $0.request(.getRegisterSet, RegisterSet.extendedState, detail: unseen)
        $0.request(.setRegisterSet, RegisterSet.extendedState, detail: unseen)
      }),
    // Memory.
    CauseCase(
      .memoryPatched, .named, "a byte through /proc/PID/mem",
      held {
        let place = RemoteAddress(EventScript.injected)
        $0.add(.memory(MemoryAccess(.readFile, at: place, byteCount: 1, bytes: push)))
        $0.add(.memory(MemoryAccess(.writeFile, at: place, byteCount: 1, bytes: int3)))
      }),
    CauseCase(
      .memoryPatched, .absent, "a byte through /proc/PID/mem, put back by POKE",
      held {
        let place = RemoteAddress(EventScript.injected)
        $0.peek(EventScript.injected, 0x1155)
        $0.add(.memory(MemoryAccess(.writeFile, at: place, byteCount: 1, bytes: int3)))
        $0.request(.pokeText, EventScript.injected, 0x1155)
      }),
    CauseCase(
      .memoryPatched, .named, "one of two bytes put back",
      held {
        let place = RemoteAddress(EventScript.injected)
        $0.peek(EventScript.injected, 0x1155)
        $0.request(.pokeText, EventScript.injected, 0x9090)
        $0.add(.memory(MemoryAccess(.writeRemote, at: place, byteCount: 1, bytes: push)))
      }),
    CauseCase(
      .blobLeft, .named, "unmapped in part",
      called([
        ("mmap", 0, 2 * pageSize, 0x7f00_0000_0000), ("munmap", 0x7f00_0000_0000, pageSize, 0),
      ])),
    CauseCase(
      .blobLeft, .absent, "unmapped in two parts, with a length that is no whole page",
      called([
        ("mmap", 0, 2 * pageSize, 0x7f00_0000_0000), ("munmap", 0x7f00_0000_1000, 100, 0),
        ("munmap", 0x7f00_0000_0000, pageSize, 0),
      ])),
    // Calls.
    CauseCase(.callNotUndone, .named, "mprotect", called([("mprotect", 0x40_1000, pageSize, 0)])),
    CauseCase(
      .callNotUndone, .possible, "mprotect, and events were lost after it",
      called([("mprotect", 0x40_1000, pageSize, 0)], isLost: true)),
    CauseCase(
      .callNotUndone, .absent, "mprotect twice, with something else",
      called([("mprotect", 0x40_1000, pageSize, 0), ("mprotect", 0x40_1000, 2 * pageSize, 0)])),
    CauseCase(
      .callNotUndone, .absent, "mprotect of memory that was mapped for the tracer",
      called([
        ("mmap", 0, pageSize, 0x7f00_0000_0000), ("mprotect", 0x7f00_0000_0000, pageSize, 0),
        ("munmap", 0x7f00_0000_0000, pageSize, 0),
      ])),
    CauseCase(
      .callNotUndone, .absent, "one that failed",
      called([("mprotect", 0x40_1000, pageSize, UInt64(bitPattern: -22))])),
    CauseCase(.callNotUndone, .named, "a descriptor", called([("dup", 0, 0, 5)])),
    CauseCase(
      .callNotUndone, .absent, "a descriptor, and closed",
      called([("dup", 0, 0, 5), ("close", 5, 0, 0)])),
    CauseCase(
      .callNotUndone, .named, "a descriptor of its own closed", called([("close", 0, 0, 0)])),
    CauseCase(
      .callNotUndone, .absent, "a descriptor replaced, and put back",
      called([("dup", 1, 0, 5), ("dup2", 3, 1, 1), ("dup2", 5, 1, 1), ("close", 5, 0, 0)])),
    CauseCase(
      .callNotUndone, .absent, "brk, and back",
      called([("brk", 0, 0, 0x1000), ("brk", 0x3000, 0, 0x3000), ("brk", 0x1000, 0, 0x1000)])),
    CauseCase(.callNotUndone, .named, "umask", called([("umask", 0o77, 0, 0o22)])),
    CauseCase(
      .callNotUndone, .absent, "umask, and back",
      called([("umask", 0o77, 0, 0o22), ("umask", 0o22, 0, 0o77)])),
    CauseCase(.callNotUndone, .absent, "getpid", called([("getpid", 0, 0, 77)])),
    // Its own calls.
    CauseCase(
      .callSkipped, .named, "none in its place, with a result",
      entered {
        $0.writeRegisters(without(atEntry))
        $0.request(.syscall)
        $0.stop(.syscallExit, status: 0x857f)
        var failed = without(atEntry)
        failed[.rax] = UInt64(bitPattern: -1)
        $0.writeRegisters(failed)
      }),
    CauseCase(
      .callSkipped, .named, "by POKEUSER, after the kernel told of the call",
      held {
        $0.request(.syscall)
        $0.stop(
          .syscallEntry, status: 0x857f,
          syscall: SyscallInfo(
            operation: .entry, abi: .x86_64, number: 230,
            instructionPointer: EventScript.saved.programCounter,
            stackPointer: RemoteAddress(EventScript.saved[.rsp])))
        $0.request(.pokeUser, UInt64(Registers.Name.origRAX.rawValue) * 8, .max)
        $0.request(.syscall)
        $0.stop(.syscallExit, status: 0x857f)
        $0.request(.cont)
      }),
    CauseCase(
      .callSkipped, .named, "lost by a call for the tracer",
      entered {
        $0.peek(EventScript.injected, 0xc3)
        $0.request(.pokeData, EventScript.injected, 0xcc_050f)
        $0.injectedCall(39, result: 77)
        $0.request(.pokeData, EventScript.injected, 0xc3)
        $0.writeRegisters(atEntry)
      }),
    CauseCase(
      .callSkipped, .absent, "made anew after a call for the tracer",
      entered {
        $0.peek(EventScript.injected, 0xc3)
        $0.request(.pokeData, EventScript.injected, 0xcc_050f)
        $0.injectedCall(39, result: 77)
        $0.request(.pokeData, EventScript.injected, 0xc3)
        var anew = atEntry
        anew[.rax] = 230
        anew[.rip] -= 2
        $0.writeRegisters(anew)
      }),
    CauseCase(
      .callSkipped, .absent, "made anew, with its registers read before the stop was told",
      held {
        $0.request(.syscall)
        $0.readRegisters(atEntry)
        $0.add(
          .stop(StopRecord(status: 0x857f, stopClass: .syscallEntry, syscall: CallNumber(230))))
        $0.writeRegisters(without(atEntry))
        $0.request(.syscall)
        $0.stop(.syscallExit, status: 0x857f)
        var anew = atEntry
        anew[.rax] = 230
        anew[.rip] -= 2
        $0.writeRegisters(anew)
      }),
    CauseCase(
      .callSkipped, .absent, "its arguments changed, and not its number",
      entered {
        var other = atEntry
        other[.rdi] = 4
        $0.writeRegisters(other)
        $0.request(.syscall)
        $0.stop(.syscallExit, status: 0x857f)
        $0.request(.cont)
      }),
    CauseCase(
      .callSkipped, .absent, "events were lost before its exit",
      entered {
        $0.writeRegisters(without(atEntry))
        $0.request(.syscall)
        $0.add(.gap(lost: 3))
      }),
  ]
}
