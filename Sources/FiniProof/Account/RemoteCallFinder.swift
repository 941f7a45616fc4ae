package import FiniModel

/// Finds remote system calls that went as planned; one that something came into is not one of them.
package struct RemoteCallFinder: Sendable {
  /// The calls, in order.
  package private(set) var found: [RemoteCall] = []

  private var number: UInt64?
  private var events: [Event] = []
  private var hasStopped = false

  /// How many events a call has at most; ours have seven.
  private static let longest = 64

  /// Whether what was seen last may be the beginning of a call.
  package var isUnderWay: Bool { number != nil }

  /// Lets go of the calls that were found.
  package mutating func forgetFound() { found = [] }

  /// Nothing was found yet.
  package init() {}

  /// Takes an event of the task.
  package mutating func observe(_ event: Event) {
    switch event.payload {
    case .request(let call) where call.error == nil:
      observe(call, event)
    case .wait(let call) where call.result > 0:
      add(event)
    case .stop(let record):
      switch record.stopClass {
      case .singleStep, .syscallEntry, .syscallExit:
        hasStopped = true
        add(event)
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
      add(event)
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

  /// Takes an event of what may be a call. A tracer of system calls goes on like this for ever: that is none.
  private mutating func add(_ event: Event) {
    guard number != nil else { return }
    events.append(event)
    if events.count > RemoteCallFinder.longest { forget() }
  }

  private mutating func forget() {
    number = nil
    events = []
    hasStopped = false
  }
}
