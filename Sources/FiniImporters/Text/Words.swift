internal import FiniModel

/// Reads back the names that C programs print.
enum Words {
  private static let errors: NameTable<Int32> = {
    var found: [String: Int32] = ["EWOULDBLOCK": 11, "EDEADLOCK": 35, "ENOTSUP": 95]
    for number in Int32(1)...133 {
      let name = Errno(rawValue: number).description
      if !name.hasPrefix("errno ") { found[name] = number }
    }
    // Error numbers that the kernel keeps internal, but that a tracer sees.
    found["ERESTARTSYS"] = 512
    found["ERESTARTNOINTR"] = 513
    found["ERESTARTNOHAND"] = 514
    found["ERESTART_RESTARTBLOCK"] = 516
    return NameTable(found)
  }()

  private static let signals: NameTable<Int32> = {
    var found: [String: Int32] = ["IOT": 6, "CLD": 17, "POLL": 29]
    for number in Int32(1)...31 { found[Signal(rawValue: number).shortName] = number }
    return NameTable(found)
  }()

  private static let requests: NameTable<Int64> = {
    var found: [String: Int64] = [:]
    for (number, name) in PtraceRequest.names { found[name] = number }
    // Names of older headers.
    found["PTRACE_PEEKUSR"] = 3
    found["PTRACE_POKEUSR"] = 6
    return NameTable(found)
  }()

  static func error(_ name: ArraySlice<UInt8>) -> Errno? {
    errors[name].map { Errno(rawValue: $0) }
  }

  /// A signal by its name, with or without `SIG`. Real-time signals count from 32, as in the
  /// kernel.
  static func signal(_ name: ArraySlice<UInt8>) -> Signal? {
    var name = name
    if name.prefix(3).reads("SIG") { name = name.dropFirst(3) }
    if let number = signals[name] { return Signal(rawValue: number) }
    let text = String(decoding: name, as: UTF8.self)
    if text == "RTMIN" || text == "RT_0" { return Signal(rawValue: 32) }
    guard text.hasPrefix("RT_") || text.hasPrefix("RTMIN+") || text.hasPrefix("RTMIN_"),
      let number = Int32(text.drop { !$0.isNumber }), number < 33
    else { return nil }
    return Signal(rawValue: 32 + number)
  }

  static func request(_ name: ArraySlice<UInt8>) -> PtraceRequest? {
    requests[name].map { PtraceRequest(rawValue: $0) }
  }

  /// The siginfo codes that strace names, for one signal or for all.
  static func code(_ name: ArraySlice<UInt8>) -> Int32? {
    codes[name]
  }

  private static let codes = NameTable<Int32>([
    "SI_USER": 0, "SI_KERNEL": 0x80, "SI_QUEUE": -1, "SI_TIMER": -2, "SI_MESGQ": -3,
    "SI_ASYNCIO": -4, "SI_SIGIO": -5, "SI_TKILL": -6, "SI_DETHREAD": -7, "SI_ASYNCNL": -60,
    "CLD_EXITED": 1, "CLD_KILLED": 2, "CLD_DUMPED": 3, "CLD_TRAPPED": 4, "CLD_STOPPED": 5,
    "CLD_CONTINUED": 6, "TRAP_BRKPT": 1, "TRAP_TRACE": 2, "TRAP_BRANCH": 3, "TRAP_HWBKPT": 4,
    "TRAP_UNK": 5, "TRAP_PERF": 6, "SEGV_MAPERR": 1, "SEGV_ACCERR": 2, "SEGV_BNDERR": 3,
    "SEGV_PKUERR": 4, "ILL_ILLOPC": 1, "ILL_ILLOPN": 2, "ILL_ILLADR": 3, "ILL_ILLTRP": 4,
    "ILL_PRVOPC": 5, "ILL_PRVREG": 6, "ILL_COPROC": 7, "ILL_BADSTK": 8, "BUS_ADRALN": 1,
    "BUS_ADRERR": 2, "BUS_OBJERR": 3, "FPE_INTDIV": 1, "FPE_INTOVF": 2, "FPE_FLTDIV": 3,
    "FPE_FLTOVF": 4, "FPE_FLTUND": 5, "FPE_FLTRES": 6, "FPE_FLTINV": 7, "FPE_FLTSUB": 8,
  ])

  static let registers: NameTable<Registers.Name> = {
    var found: [String: Registers.Name] = ["ip": .rip, "sp": .rsp, "flags": .eflags]
    for name in Registers.Name.allCases { found[name.text] = name }
    return NameTable(found)
  }()
}
