internal import FiniImporters
internal import FiniModel
internal import FiniStore
internal import FiniTimeline

/// What a command tells its caller by its exit status; see sysexits(3) and env(1).
///
/// 1 is an answer and never an accident: a script tells "the breakpoint missed" from "there is no
/// such file" by it (ExitStatusTests).
package enum ExitStatus: Int32, Sendable {
  /// The answer is yes, or the work is done.
  case good = 0
  /// The answer is no, or something is wrong.
  case no = 1
  /// It can't be told.
  case cantTell = 2
  /// The arguments are wrong.
  case usage = 64
  /// There is no such file, run, task or event, or the file is none that can be read.
  case noInput = 66
  /// It is not permitted, or not possible here.
  case unavailable = 69
  /// fini-trace itself failed.
  case ownFault = 70
  /// The output can't be written.
  case cantWrite = 74
  /// A launched command took longer than it may, as timeout(1) tells it.
  case timedOut = 124
  /// fini-trace failed before or beside the command that it launched.
  case launcherFailed = 125
  /// The command could not be executed.
  case commandNotRun = 126
  /// The command was not found.
  case commandNotFound = 127
  /// Ctrl-C.
  case interrupted = 130

  /// The status of an answer that is told by its number: 0, 1 or 2.
  package init(answer: Int32) {
    guard let status = ExitStatus(rawValue: answer) else { preconditionFailure("no such answer") }
    self = status
  }

  /// The status of "did the stop land?"; `nil` if that can't be told.
  package init(landed: Bool?) { self = landed.map { $0 ? .good : .no } ?? .cantTell }

  /// Whether it tells, as env(1) does, what became of a launched command.
  var isOfCommand: Bool {
    switch self {
    case .timedOut, .launcherFailed, .commandNotRun, .commandNotFound: true
    default: false
    }
  }

  /// The status of a command that ends with this error.
  package init(of error: any Error) {
    self =
      switch error {
      case let error as SessionError: error.status
      case let error as StoreError: error.status
      case let error as ImportError: error.status
      case is NamedRuns.Mistake: .usage
      case is CommandWatch.Failure: .launcherFailed
      case is NoFini: .noInput
      case is ExportFile.Failure: .cantWrite
      case let error as BundleError: error.status
      default: .ownFault
      }
  }
}

extension SessionError {
  fileprivate var status: ExitStatus {
    switch self {
    case .commandNotRun(_, let error): error == .noEntry ? .commandNotFound : .commandNotRun
    case .commandNotTraced: .launcherFailed
    case .tooFewRuns, .tasksOfRuns, .ownRun, .runUnderWay, .alreadyInRun, .treeOfTasks,
      .mergedIntoItself:
      .usage
    case .nothingToImport, .otherTask, .noSuchTracee, .noSuchTask, .noSuchEvent: .noInput
    // Of this task it can't be told whether the stop landed.
    case .noEvents: .cantTell
    case .noSuchProcess, .refused, .recorderNotStarted, .commandNotStarted, .bpfRefused,
      .watchRefused:
      .unavailable
    case .notTraced(_, .interrupted): .interrupted
    // What the cure or the tracer came to is the answer.
    case .cure, .notTraced: .no
    }
  }
}

extension StoreError {
  fileprivate var status: ExitStatus {
    switch self {
    case .noSuchFile, .noSuchRun, .notARecording, .isDirectory, .notRegular, .otherDatabase,
      .notADatabase, .truncated, .damaged, .noSuchFolder, .unreleasedSchema:
      .noInput
    case .newerSchema, .notReadable, .isSymlink, .locked, .watched, .logUnreadable: .unavailable
    case .notWritable, .noSpace: .cantWrite
    case .queryRefused, .queryFailed: .usage
    case .failed: .ownFault
    }
  }
}

extension BundleError {
  fileprivate var status: ExitStatus {
    switch self {
    case .notABundle, .hostile, .wrongChecksum, .notRegular: .noInput
    case .failed(_, let error): error == .noEntry ? .noInput : .cantWrite
    case .folderExists, .tooBig, .notUnpacked: .cantWrite
    }
  }
}

extension ImportError {
  fileprivate var status: ExitStatus {
    switch self {
    case .sameTwice, .nothingInCommon: .usage
    case .failed, .isFolder, .damaged, .notRecognized, .isSummary, .empty, .isRecording,
      .isPerfData:
      .noInput
    }
  }
}
