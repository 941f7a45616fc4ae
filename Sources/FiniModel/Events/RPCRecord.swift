/// A command to the parasite, or its answer.
package struct RPCRecord: Hashable, Sendable {
  /// The commands; the numbers are part of the schema.
  package enum Command: UInt8, CaseIterable, Hashable, Sendable {
    /// The parasite's first packet; it carries `sigreturn_addr`.
    case ready = 1
    case ping = 2
    case misc = 3
    case fini = 4
    /// Close the descriptors and wait to be taken away (the `direct` strategy).
    case park = 5

    /// The name in files and reports.
    package var name: String {
      switch self {
      case .ready: "ready"
      case .ping: "ping"
      case .misc: "misc"
      case .fini: "fini"
      case .park: "park"
      }
    }
  }

  /// The direction of the packet; the numbers are part of the schema.
  package enum Direction: UInt8, CaseIterable, Hashable, Sendable {
    case sent = 1
    case acknowledged = 2
    /// The parasite closed its end.
    case closed = 3

    /// The name in files and reports.
    package var name: String {
      switch self {
      case .sent: "sent"
      case .acknowledged: "acknowledged"
      case .closed: "closed"
      }
    }
  }

  /// The command.
  package var command: Command
  /// Sent, or answered.
  package var direction: Direction
  /// The result that the parasite gave, or the error of the send.
  package var result: Int64
  /// The first word of the answer: for ``Command/ready`` the address of the sigreturn instruction.
  package var value: UInt64
  /// What the parasite told about the task, in the answer to ``Command/misc``.
  package var misc: ParasiteMisc?

  package init(
    command: Command, direction: Direction, result: Int64 = 0, value: UInt64 = 0,
    misc: ParasiteMisc? = nil
  ) {
    self.command = command
    self.direction = direction
    self.result = result
    self.value = value
    self.misc = misc
  }
}

/// What a task knows about itself, as the parasite reads it from inside.
package struct ParasiteMisc: Hashable, Sendable {
  /// The process, numbered in the task's own pid namespace.
  package var process: TaskID
  /// The task, numbered in its own pid namespace.
  package var task: TaskID
  /// The end of the heap.
  package var brk: RemoteAddress
  /// The file mode creation mask.
  package var umask: UInt32
  /// The signals that the parasite has blocked: what the tracer set.
  package var blocked: SignalSet
  /// The signals pending for the task or its process.
  package var pending: SignalSet

  package init(
    process: TaskID, task: TaskID, brk: RemoteAddress, umask: UInt32, blocked: SignalSet,
    pending: SignalSet
  ) {
    self.process = process
    self.task = task
    self.brk = brk
    self.umask = umask
    self.blocked = blocked
    self.pending = pending
  }
}
