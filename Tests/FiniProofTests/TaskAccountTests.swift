import FiniEventScripts
import FiniModel
import FiniProof
import Testing

/// How far a tracer came with a task and what became of it; what it left is in CauseTests.
@Suite struct TaskAccountTests {
  private func account(_ source: Source = .strace, _ body: (inout EventScript) -> Void)
    -> TaskAccount
  {
    var account = TaskAccount(source: source)
    for event in EventScript.told(by: source, body).events { account.observe(event) }
    return account
  }

  private func words(_ account: TaskAccount) -> [RemoteAddress] {
    account.remnants(FiniLedger([])).compactMap {
      if case .word(let address) = $0.what { address } else { nil }
    }
  }

  @Test("Nothing is told of a task that was only looked at")
  func untouched() {
    let account = account { $0.readRegisters(EventScript.saved) }
    #expect(account.fate == .held)
    #expect(account.taken == nil && account.changed == nil && account.gone == nil)
  }

  @Test("Each step has the first event that proves it")
  func steps() {
    let account = account {
      $0.request(.seize)  // 1
      $0.request(.interrupt)
      $0.interruptStop()  // 3, 4
      $0.peek(0x1000, 0x55)
      $0.poke(0, 0x2000)  // a debug register is no change of the task's own
      $0.request(.pokeData, 0x1000, 0xcc)  // 7
      $0.request(.pokeData, 0x1000, 0x55)
      $0.request(.detach)  // 9
    }
    #expect(account.taken == 1)
    #expect(account.changed == 7)
    #expect(account.fate == .letGo(9))
    #expect(words(account).isEmpty)
  }

  @Test("A task that asks to be traced is not taken")
  func asks() {
    #expect(account { $0.request(.traceMe) }.taken == nil)
  }

  @Test("A stopped task that is gone shows by ESRCH; a refused detach says nothing of it")
  func gone() {
    let stopped = account {
      $0.take()
      $0.poke(0, 0x2000, result: -3)
    }
    #expect(stopped.gone != nil)
    let detached = account {
      $0.take()
      $0.request(.detach, result: -3)
      $0.poke(0, 0x2000, result: -3)
    }
    #expect(detached.gone == nil)
    let running = account {
      $0.take()
      $0.request(.cont)
      $0.poke(0, 0x2000, result: -3)
    }
    #expect(running.gone == nil)
  }

  @Test("A task let go as it was counts from when it is taken again; a changed one does not")
  func takenAgain() {
    let again = account {
      $0.take()
      $0.request(.detach)
      $0.take()
      $0.peek(0x1000, 0x55)
      $0.request(.pokeData, 0x1000, 0xcc)
      $0.request(.detach)
    }
    #expect(words(again) == [RemoteAddress(0x1000)])
    let changed = account {
      $0.take()
      $0.peek(0x1000, 0x55)
      $0.request(.pokeData, 0x1000, 0xcc)
      $0.request(.detach)
      $0.take()
      $0.request(.pokeData, 0x1000, 0x55)
      $0.request(.detach)
    }
    #expect(words(changed) == [RemoteAddress(0x1000)], "the tracer that let go of it left it so")
  }

  @Test("What is open when events are lost is not sure any more; what begins after it is")
  func loss() {
    let account = account {
      $0.take()
      $0.peek(0x1000, 0x55)
      $0.request(.pokeData, 0x1000, 0xcc)
      $0.add(.gap(lost: 3))
      $0.peek(0x2000, 0x66)
      $0.request(.pokeData, 0x2000, 0xcc)
      $0.request(.detach)
    }
    #expect(words(account) == [RemoteAddress(0x1000), RemoteAddress(0x2000)])
    #expect(account.remnants(FiniLedger([])).map(\.isSure) == [false, true])
  }

  @Test("The end of the task and that of its tracer are two fates, and the first one counts")
  func ends() {
    var held = account { $0.take() }
    held.observeTracerEnd(at: 90)
    #expect(held.fate == .tracerEnded(90) && held.isLetGo)
    var ended = account {
      $0.take()
      $0.add(.ended(.exited(code: 0)))
    }
    ended.observeTracerEnd(at: 90)
    #expect(!ended.isLetGo)
    guard case .ended = ended.fate else {
      Issue.record("\(ended.fate)")
      return
    }
  }

  @Test("The blob is the first mapping until the parasite says where its rt_sigreturn is")
  func blob() {
    let other = RemoteRange(start: RemoteAddress(0x10_0000), end: RemoteAddress(0x10_1000))
    let script: (inout EventScript) -> Void = {
      $0.take()
      $0.injectedCall(SyscallNumber.mmap, 0, 0x1000, result: 0x10_0000)
      $0.injectedCall(
        SyscallNumber.mmap, 0, EventScript.blobSize, result: EventScript.blob.rawValue)
    }
    #expect(account(.engine, script).memory.blob == other)
    let told = account(.engine) {
      script(&$0)
      $0.rpc(.ready, .acknowledged, value: EventScript.sigreturn.rawValue)
    }
    #expect(told.memory.blob?.start == EventScript.blob)
  }
}
