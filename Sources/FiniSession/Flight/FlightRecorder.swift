package import FiniModel
internal import FiniObservers
internal import FiniProcfs
internal import FiniPtrace
internal import FiniStore

/// Records the work of every tracer of this machine, each session a run of its own, until it is interrupted.
package struct FlightRecorder {
  /// How often what was seen goes to the disk, in nanoseconds: so much is lost with the process.
  private static let period: UInt64 = 1_000_000_000
  /// How many events go to the disk sooner.
  private static let batch = 8192
  /// How often it looks whether tracers are there whose end was not seen, in periods; and whether runs are too old.
  private static let longPeriod = 60

  private let options: FlightOptions
  private let tell: @Sendable (Notice) -> Void

  /// Gets ready.
  package init(_ options: FlightOptions, tell: @escaping @Sendable (Notice) -> Void) {
    self.options = options
    self.tell = tell
  }

  /// Records.
  ///
  /// - Returns: the signal that ended it.
  /// - Throws: `StoreError`, or ``SessionError`` if the kernel can't be watched.
  package func run() throws -> Signal {
    // Before there is a second thread.
    Tracer.blockSignals(interrupts: true)
    let sessions = TracerSessions(
      quiet: UInt64(options.quiet * 1_000_000_000), mostOpen: options.mostOpen)
    var observer: EveryTracer
    do {
      observer = try EveryTracer(
        sessions, ringSize: options.ringSize ?? BPFObserver.defaultRingSize)
    } catch {
      throw SessionError.bpfRefused(error)
    }
    let book = try RunBook(recordingTo: options.path)
    let flight = Flight(
      book, try FlightWriter(book.file), try FlightEnder(options, tell: tell), options, tell)
    WatchOptions.hurry()
    flight.ender.makeRoom()
    tell(.watchesAll(options.tracers))
    let signal = try record(&observer, flight)
    try flight.end(&observer)
    return signal
  }

  private func record(_ observer: inout EveryTracer, _ flight: Flight) throws -> Signal {
    var next = Tracer.now().rawValue + FlightRecorder.period
    var periods = 0
    while true {
      let now = Tracer.now().rawValue
      let rest = next > now ? Int32((next - now) / 1_000_000 + 1) : 0
      flight.take(observer.next(timeout: rest, now: Tracer.now), &observer)
      if flight.writer.waitingCount >= FlightRecorder.batch { try flight.commit() }
      if Tracer.now().rawValue >= next {
        next = Tracer.now().rawValue + FlightRecorder.period
        periods += 1
        try flight.commit()
        flight.tellCounts()
        if periods % FlightRecorder.longPeriod == 0 {
          flight.bury(&observer)
          flight.ender.keep()
        }
      }
      if let signal = LaunchedCommand.takeInterrupt() { return signal }
    }
  }
}
