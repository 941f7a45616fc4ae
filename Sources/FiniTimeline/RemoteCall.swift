internal import FiniModel

/// A system call that the stopped task made for the tracer, from registers written to result read.
public struct RemoteCall: Hashable, Sendable {
  /// The registers written, with the call's number in `rax`.
  public var first: UInt32
  /// The registers read, with the result in `rax`.
  public var last: UInt32
  /// The number of the call.
  public var number: UInt64
  /// The result, raw.
  public var result: UInt64
  /// All events of the call, in order.
  public var events: [UInt32]
  /// ptrace and wait calls that it took.
  public var calls: Int
}

/// Finds remote system calls that went as planned; one that something came into is not one of them.
struct RemoteCallFinder {
  private(set) var found: [RemoteCall] = []

  private var number: UInt64?
  private var events: [Event] = []
  private var hasStopped = false

  mutating func observe(_ event: Event) {
    switch event.payload {
    case .request(let call) where call.error == nil:
      observe(call, event)
    case .wait(let call) where call.result > 0:
      events.append(event)
    case .stop(let record):
      switch record.stopClass {
      case .singleStep, .syscallEntry, .syscallExit:
        hasStopped = true
        events.append(event)
      default:
        forget()
      }
    default:
      forget()
    }
  }

  private mutating func observe(_ call: RequestCall, _ event: Event) {
    switch (call.request, call.detail) {
    case (.setRegisterSet, .registers(let registers)), (.setRegisters, .registers(let registers)):
      number = registers[.rax]
      events = [event]
      hasStopped = false
    case (.singleStep, _), (.syscall, _), (.getSignalInfo, _), (.getSyscallInfo, _):
      events.append(event)
    case (.getRegisterSet, .registers(let registers)), (.getRegisters, .registers(let registers)):
      events.append(event)
      if hasStopped, let number, let first = events.first {
        found.append(
          RemoteCall(
            first: first.sequence, last: event.sequence, number: number,
            result: registers[.rax], events: events.map { $0.sequence },
            calls: events.count { $0.kind.isCall }))
      }
      forget()
    default:
      forget()
    }
  }

  private mutating func forget() {
    number = nil
    events = []
    hasStopped = false
  }
}
