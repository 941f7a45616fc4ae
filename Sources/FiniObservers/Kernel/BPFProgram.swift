internal import CFiniBPF
internal import FiniModel

/// The program in the kernel: loaded and attached, with its maps and its ring.
///
/// For one thread; everything is closed when the value ends.
@safe
struct BPFProgram: ~Copyable {
  /// What the observer is made with, beside its subject.
  struct Settings {
    /// Bytes of the ring, a power of two.
    var ringSize = BPFObserver.defaultRingSize
    /// How many tasks can be watched at once.
    var mostTracees: UInt32 = 65_536
    /// The ways that may be taken; empty for those that the kernel calls for.
    var ways: BPFObserver.Ways = []
    /// Whether every process that traces is watched, whatever it traces.
    var seesAll = false
    /// A tracepoint that is treated as absent.
    var lacking: String?
    /// The program.
    var program = ObserverProgram.words
  }

  /// The program itself, for the functions of its interface.
  let handle: OpaquePointer
  private var buffer: [UInt8]
  /// Whether there is more to read than the last ``drain()`` handed out.
  private(set) var isBufferFull = false

  /// Loads and attaches it.
  init(_ settings: Settings) throws(BPFRefusal) {
    unsafe handle = try BPFProgram.load(settings)
    buffer = [UInt8](repeating: 0, count: 1 << 18)
  }

  deinit { unsafe fini_bpf_stop(handle) }

  /// Waits until there is much to read, or for at most `timeout` ms; whether something came before the time was over.
  func wait(_ timeout: Int32) -> Bool { unsafe fini_bpf_wait(handle, timeout) > 0 }

  /// The records that fit into the buffer.
  mutating func drain() -> [KernelRecord] {
    let count = unsafe fini_bpf_drain(handle, &buffer, UInt64(buffer.count))
    isBufferFull = count > buffer.count / 2
    guard count > 0 else { return [] }
    return KernelRecord.all(in: buffer[0..<Int(count)])
  }

  /// How many records are known to be lost.
  var lost: UInt64 { unsafe fini_bpf_lost(handle) }

  /// How often the kernel may have skipped every program of a tracepoint, for any task of this machine.
  var skipped: UInt64 { unsafe fini_bpf_missed(handle) }

  private static func load(_ settings: Settings) throws(BPFRefusal) -> OpaquePointer {
    var handle: OpaquePointer?
    var refusal = fini_bpf_refusal()
    var text = [UInt8](repeating: 0, count: 2048)
    let absent = settings.lacking.map { Array($0.utf8CString) }
    let result = unsafe settings.program.withUnsafeBytes { object in
      unsafe text.withUnsafeMutableBytes { text in
        unsafe fini_bpf_start(
          object.baseAddress, UInt64(ObserverProgram.byteCount),
          fini_bpf_wishes(
            ring_size: settings.ringSize, tracees: settings.mostTracees,
            ways: settings.ways.rawValue,
            sees_all: settings.seesAll ? 1 : 0),
          absent, &handle, &refusal, text.baseAddress, UInt64(text.count))
      }
    }
    guard result == 0, let made = unsafe handle else {
      throw BPFRefusal(
        stage: BPFRefusal.Stage(rawValue: refusal.stage) ?? .load,
        error: Errno(result: result) ?? .invalidArgument,
        lacking: BPFRefusal.Feature(rawValue: refusal.lacks),
        detail: String(decoding: text.prefix { $0 != 0 }, as: UTF8.self))
    }
    return unsafe made
  }
}
