internal import FiniModel

/// Names of system calls as a report has them.
enum SyscallNames {
  /// The name, or the number where it has none here.
  ///
  /// - Parameter abi: whose number it is; where nobody saw that, x86-64's, but for rt_sigreturn of i386.
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
