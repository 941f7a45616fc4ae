internal import FiniModel
internal import FiniPtrace

// Syscall User Dispatch would hand our remote calls back to the task as SIGSYS; docs/Decisions/0027.

extension HeldTask {
  /// Switches off what would hand our remote calls back to the task, and remembers it.
  func switchDispatchOff() throws(CureError) {
    guard let found = try victim.dispatch() else { return changeSaved { $0.dispatch = .untold } }
    guard found.isOn else { return }
    // The same once more: what can't be written now could not be given back.
    try victim.set(found)
    changeSaved { $0.dispatch = .switchedOff(found) }
    try victim.set(.off)
  }

  /// Gives the setting back that was switched off.
  ///
  /// No call of ours may follow. Until then the bridge has it as well; see ``Leftovers/dispatch``.
  func giveDispatchBack() {
    guard let dispatch = hold.saved?.dispatch.owed else { return }
    do throws(CureError) {
      try victim.set(dispatch)
      let found = try victim.dispatch()
      put(.syscallUserDispatch, differing: found?.written == dispatch.written ? 0 : 1)
      changeSaved { $0.dispatch = .untouched }
    } catch {
      // Of a task that was killed in its stop nothing is left; whatever is asked next tells.
      if case .ptrace(.refused(_, _, let errno)) = error, errno != .noSuchProcess {
        put(.syscallUserDispatch, errno)
      }
    }
  }
}
