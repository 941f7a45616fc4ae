import Glibc

/// Keeps a second flight recorder from a file, and tells others that its runs without a journal are alive.
///
/// It is a file beside the recording with the holder's pid in it, and a lock on it: the lock goes with the process,
/// whatever ends that, and tells the living from the dead even across pid namespaces.
final class FlightLock {
  private let path: String
  private let descriptor: Int32

  /// Where the lock of a recording is.
  static func path(beside database: String) -> String { "\(database).watch" }

  /// Takes the lock.
  ///
  /// - Throws: ``StoreError/watched(path:by:)`` if another process has it.
  init(beside database: String) throws(StoreError) {
    path = FlightLock.path(beside: database)
    var attempts = 0
    while true {
      let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
      guard descriptor >= 0 else { throw StoreError(errno: errno, path: path, creating: true) }
      guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
        let holder = FlightLock.holder(of: descriptor)
        close(descriptor)
        // Who asks whether it is held has it for a moment.
        attempts += 1
        if attempts < 20 {
          usleep(5000)
          continue
        }
        throw .watched(path: database, by: holder)
      }
      var information = stat()
      // The holder before took it away between the opening and the lock.
      guard unsafe fstat(descriptor, &information) == 0, information.st_nlink > 0 else {
        close(descriptor)
        continue
      }
      self.descriptor = descriptor
      break
    }
    let text = Array("\(getpid())\n".utf8)
    guard ftruncate(descriptor, 0) == 0,
      unsafe pwrite(descriptor, text, text.count, 0) == text.count
    else { throw StoreError(errno: errno, path: path, creating: true) }
  }

  deinit {
    // Before the lock goes: whoever has opened it sees that it is gone.
    unsafe unlink(path)
    close(descriptor)
  }

  /// Whether a living process has the lock.
  static func isHeld(beside database: String) -> Bool {
    let descriptor = unsafe open(path(beside: database), O_RDWR | O_NOFOLLOW | O_CLOEXEC)
    // One that this user may not open is of a living recorder of another user, or may be.
    guard descriptor >= 0 else { return errno != ENOENT }
    defer { close(descriptor) }
    return flock(descriptor, LOCK_SH | LOCK_NB) != 0
  }

  /// Whether a dead process left its lock.
  static func isStale(beside database: String) -> Bool {
    unsafe access(path(beside: database), F_OK) == 0 && !isHeld(beside: database)
  }

  /// Takes away what a dead process left.
  static func clear(beside database: String) throws(StoreError) {
    if isStale(beside: database) { _ = try FlightLock(beside: database) }
  }

  private static func holder(of descriptor: Int32) -> Int32? {
    var text = [UInt8](repeating: 0, count: 16)
    let count = unsafe pread(descriptor, &text, text.count, 0)
    return Int32(String(decoding: text.prefix(max(0, count)).prefix { $0 != 0x0a }, as: UTF8.self))
  }
}
