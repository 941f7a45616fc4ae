/// An error number of the kernel, printable by its C name.
///
/// The corresponding C variable is `errno`; see errno(3).
package struct Errno: RawRepresentable, Hashable, Sendable, CustomStringConvertible, Error {
  /// The positive number.
  package var rawValue: Int32

  /// Wraps a number.
  package init(rawValue: Int32) { self.rawValue = rawValue }

  /// Reads a system call's raw result: `nil` unless it is in -4095 ... -1.
  package init?(result: Int64) {
    guard result < 0, result >= -4095 else { return nil }
    self.rawValue = Int32(-result)
  }

  /// Not permitted. The corresponding C error is `EPERM`.
  package static let notPermitted = Errno(rawValue: 1)
  /// No such file or entry. The corresponding C error is `ENOENT`.
  package static let noEntry = Errno(rawValue: 2)
  /// The task has ended, is no tracee of the caller, or is not stopped. The corresponding C error
  /// is `ESRCH`.
  package static let noSuchProcess = Errno(rawValue: 3)
  /// Interrupted by a signal. The corresponding C error is `EINTR`.
  package static let interrupted = Errno(rawValue: 4)
  /// Input or output failed. The corresponding C error is `EIO`.
  package static let ioError = Errno(rawValue: 5)
  /// Not a child (or tracee) of the caller. The corresponding C error is `ECHILD`.
  package static let noChild = Errno(rawValue: 10)
  /// Would block. The corresponding C error is `EAGAIN`.
  package static let resourceTemporarilyUnavailable = Errno(rawValue: 11)
  /// No memory, or no room for a mapping. The corresponding C error is `ENOMEM`.
  package static let outOfMemory = Errno(rawValue: 12)
  /// Permission denied. The corresponding C error is `EACCES`.
  package static let accessDenied = Errno(rawValue: 13)
  /// Bad address. The corresponding C error is `EFAULT`.
  package static let badAddress = Errno(rawValue: 14)
  /// The file is there already. The corresponding C error is `EEXIST`.
  package static let fileExists = Errno(rawValue: 17)
  /// There is no such device, or register set. The corresponding C error is `ENODEV`.
  package static let noSuchDevice = Errno(rawValue: 19)
  /// Invalid argument. The corresponding C error is `EINVAL`.
  package static let invalidArgument = Errno(rawValue: 22)

  /// The process has no descriptor left. The corresponding C error is `EMFILE`.
  package static let tooManyFiles = Errno(rawValue: 24)

  /// The C name, such as `ESRCH`; a number without a name here prints as `errno 530`.
  package var description: String {
    if let restart = Errno.restarts[rawValue] { return restart }
    let index = Int(rawValue)
    guard Errno.names.indices.contains(index), !Errno.names[index].isEmpty else {
      return "errno \(rawValue)"
    }
    return Errno.names[index]
  }

  /// What the number means, in a few words; empty if this table does not have it.
  package var meaning: String {
    switch rawValue {
    case 1: "operation not permitted"
    case 2: "no such file or directory"
    case 3: "no such process"
    case 4: "interrupted"
    case 5: "input/output error"
    case 6: "no such device or address"
    case 7: "argument list too long"
    case 8: "not a program that can be executed"
    case 9: "bad file descriptor"
    case 10: "no child processes"
    case 11: "try again"
    case 12: "out of memory"
    case 13: "permission denied"
    case 14: "bad address"
    case 16: "busy"
    case 17: "file exists"
    case 18: "on another file system"
    case 19: "no such device or register set"
    case 20: "not a directory"
    case 21: "is a directory"
    case 22: "invalid argument"
    case 23: "too many open files in the system"
    case 24: "too many open files"
    case 25: "not a terminal, or not a request for this file"
    case 26: "the program file is in use"
    case 27: "file too large"
    case 28: "no space left on device"
    case 29: "not seekable"
    case 30: "read-only file system"
    case 32: "broken pipe"
    case 34: "out of range"
    case 35: "would deadlock"
    case 36: "name too long"
    case 38: "function not implemented"
    case 39: "directory not empty"
    case 40: "too many levels of symbolic links"
    case 61: "no data"
    case 75: "value too large"
    case 95: "not supported"
    case 110: "timed out"
    case 512...514, 516: "the call is to be begun again"
    case 524: "not supported by this kernel"
    default: ""
    }
  }

  /// What a call returns inside the kernel when it is to be begun again: only a tracer sees these.
  private static let restarts: [Int32: String] = [
    512: "ERESTARTSYS", 513: "ERESTARTNOINTR", 514: "ERESTARTNOHAND", 516: "ERESTART_RESTARTBLOCK",
    524: "ENOTSUPP",
  ]

  // asm-generic/errno-base.h and asm-generic/errno.h, up to 40 and a few above.
  private static let names: [String] = [
    "", "EPERM", "ENOENT", "ESRCH", "EINTR", "EIO", "ENXIO", "E2BIG", "ENOEXEC", "EBADF",
    "ECHILD", "EAGAIN", "ENOMEM", "EACCES", "EFAULT", "ENOTBLK", "EBUSY", "EEXIST", "EXDEV",
    "ENODEV", "ENOTDIR", "EISDIR", "EINVAL", "ENFILE", "EMFILE", "ENOTTY", "ETXTBSY", "EFBIG",
    "ENOSPC", "ESPIPE", "EROFS", "EMLINK", "EPIPE", "EDOM", "ERANGE", "EDEADLK", "ENAMETOOLONG",
    "ENOLCK", "ENOSYS", "ENOTEMPTY", "ELOOP", "", "ENOMSG", "EIDRM", "ECHRNG", "EL2NSYNC",
    "EL3HLT", "EL3RST", "ELNRNG", "EUNATCH", "ENOCSI", "EL2HLT", "EBADE", "EBADR", "EXFULL",
    "ENOANO", "EBADRQC", "EBADSLT", "", "EBFONT", "ENOSTR", "ENODATA", "ETIME", "ENOSR", "ENONET",
    "ENOPKG", "EREMOTE", "ENOLINK", "EADV", "ESRMNT", "ECOMM", "EPROTO", "EMULTIHOP", "EDOTDOT",
    "EBADMSG", "EOVERFLOW", "ENOTUNIQ", "EBADFD", "EREMCHG", "ELIBACC", "ELIBBAD", "ELIBSCN",
    "ELIBMAX", "ELIBEXEC", "EILSEQ", "ERESTART", "ESTRPIPE", "EUSERS", "ENOTSOCK",
    "EDESTADDRREQ", "EMSGSIZE", "EPROTOTYPE", "ENOPROTOOPT", "EPROTONOSUPPORT",
    "ESOCKTNOSUPPORT", "EOPNOTSUPP", "EPFNOSUPPORT", "EAFNOSUPPORT", "EADDRINUSE",
    "EADDRNOTAVAIL", "ENETDOWN", "ENETUNREACH", "ENETRESET", "ECONNABORTED", "ECONNRESET",
    "ENOBUFS", "EISCONN", "ENOTCONN", "ESHUTDOWN", "ETOOMANYREFS", "ETIMEDOUT", "ECONNREFUSED",
    "EHOSTDOWN", "EHOSTUNREACH", "EALREADY", "EINPROGRESS",
  ]
}
