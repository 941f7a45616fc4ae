package import FiniEngine
package import FiniModel
internal import FiniProcfs
internal import Glibc

/// Identifies a process, and says whether it may be touched.
package enum Victims {
  /// What the engine has to know of a task before it begins.
  ///
  /// - Throws: ``SessionError/refused(_:)``.
  package static func examine(_ task: TaskID) throws(SessionError) -> TaskFacts {
    do throws(Refusal) {
      return try TaskFacts(examining: task, ourselves: TaskID(getpid()))
    } catch {
      throw .refused(error)
    }
  }

  /// Who a task is that another tracer may trace.
  ///
  /// - Throws: ``SessionError/noSuchProcess(_:)``.
  static func identify(_ task: TaskID) throws(SessionError) -> TaskIdentity {
    guard let identity = try? TaskIdentity(reading: task) else { throw .noSuchProcess(task) }
    return identity
  }
}
