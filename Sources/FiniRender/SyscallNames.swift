internal import FiniModel

/// Names of system calls for reports.
enum SyscallNames {
  /// The name, or the number if it has no name here.
  ///
  /// - Parameter abi: the table of the number. If it was not seen, x86-64 is assumed, except for
  ///   rt_sigreturn of i386.
  static func name(_ number: UInt64, by abi: SystemCallABI? = nil) -> String {
    let call = CallNumber(number, by: abi)
    switch abi {
    case .x86_64: return SyscallNumber.name(number) ?? "\(number)"
    case .i386, .arm64:
      let name = abi.map { " of \($0.name)" } ?? ""
      guard call.isSigreturn else { return "\(number)" + name }
      let sigreturn =
        number == SyscallNumber.sigreturn32 && abi == .i386 ? "sigreturn" : "rt_sigreturn"
      return "\(number) (\(sigreturn)\(name))"
    case nil:
      if number == SyscallNumber.rtSigreturn32 { return "173 (rt_sigreturn of i386)" }
      return SyscallNumber.name(number) ?? "\(number)"
    }
  }
}
