package import FiniModel
package import FiniPtrace

/// Why a command can't be watched by tracing it.
package enum PtraceRefusal: Error, Hashable, Sendable {
  /// PTRACE_SEIZE failed; its tracer, if it has one already.
  case notSeized(Errno, tracedBy: TaskID?, name: String)
  /// Its memory is not to be read: its program may be run and not read.
  case notReadable(Errno)
  /// Its program gives rights that execve(2) withholds from a task that is traced by this user.
  case privileged([LaunchedCommand.Grant])
  /// No descriptor for signals was to be had.
  case noSignals(Errno)

  /// Cause and remedy in one line.
  package var message: String {
    switch self {
    case .notSeized(_, let tracer?, let name):
      "it is traced by \(tracer) (\(name)) already; one tracer per task"
    case .notSeized(let error, nil, _):
      "PTRACE_SEIZE: \(error); is ptrace forbidden here (Yama, seccomp)?"
    case .notReadable(let error):
      "its memory can't be read (\(error)): is its program file one that this user may run and not"
        + " read? Run as root"
    case .privileged(let grants):
      "it would run without \(PtraceRefusal.words(for: grants)) as long as this user traces it;"
        + " run as root"
    case .noSignals(let error):
      "signalfd(2): \(error)"
    }
  }

  private static func words(for grants: [LaunchedCommand.Grant]) -> String {
    let words = grants.map { grant in
      switch grant {
      case .user: "its set-user-ID"
      case .group: "its set-group-ID"
      case .capabilities: "its file capabilities"
      }
    }
    return words.joined(separator: " and ")
  }
}
