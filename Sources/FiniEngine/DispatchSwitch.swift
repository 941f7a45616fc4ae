internal import FiniModel
internal import FiniPtrace

// Syscall User Dispatch would turn the remote calls into SIGSYS for the task; docs/Decisions/0027.

extension HeldTask {
  /// Switches Syscall User Dispatch off, and remembers its setting.
  func switchDispatchOff() throws(CureError) {
    guard let found = try victim.dispatch() else { return changeSaved { $0.dispatch = .untold } }
    guard found.isOn else { return }
    // The same setting is written once first: if it can't be written now, it could not be given
    // back.
    try victim.set(found)
    changeSaved { $0.dispatch = .switchedOff(found) }
    try victim.set(.off)
  }

  /// Gives back the setting that was switched off.
  ///
  /// No remote call may follow. Until then the bridge has the setting too; see
  /// ``Leftovers/dispatch``.
  func giveDispatchBack() {
    guard let dispatch = hold.saved?.dispatch.owed else { return }
    do throws(CureError) {
      try victim.set(dispatch)
      let found = try victim.dispatch()
      put(.syscallUserDispatch, differing: found?.written == dispatch.written ? 0 : 1)
      changeSaved { $0.dispatch = .untouched }
    } catch {
      // If the task was killed in its stop, there is nothing to give back. The next request reports
      // it.
      if case .ptrace(.refused(_, _, let errno)) = error, errno != .noSuchProcess {
        put(.syscallUserDispatch, errno)
      }
    }
  }
}
