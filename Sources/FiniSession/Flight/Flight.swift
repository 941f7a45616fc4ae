import FiniImporters
import FiniModel
import FiniObservers
import FiniProcfs
import FiniPtrace
import FiniStore

/// What a flight recorder has open.
final class Flight {
  let writer: FlightWriter
  let ender: FlightEnder
  private let book: RunBook
  private let options: FlightOptions
  private let tell: (Notice) -> Void
  private var open: [TracerSessions.ID: FlightSession] = [:]
  /// Sessions that are over, and whose last events are not in the file yet.
  private var over: [(id: TracerSessions.ID, session: FlightSession, ending: Ending)] = []
  /// How many sessions that somebody asked for were not recorded: one whose tracer's name was not asked for is none.
  private var turnedAway: UInt64 = 0
  private var toldTurnedAway: UInt64 = 0
  private var toldFailure: String?

  private struct Ending {
    var way: TracerSessions.Ending
    var lost: UInt64
    var logs: [LogFile]
  }

  init(
    _ book: RunBook, _ writer: FlightWriter, _ ender: FlightEnder, _ options: FlightOptions,
    _ tell: @escaping (Notice) -> Void
  ) {
    self.book = book
    self.writer = writer
    self.ender = ender
    self.options = options
    self.tell = tell
  }

  /// Does what was seen calls for; nothing of it waits for the disk.
  func take(_ steps: [TracerSessions.Step], _ observer: inout EveryTracer) {
    for step in steps {
      switch step {
      case .begin(let id, let tracer, let moment, let caller):
        guard let session = FlightSession(of: tracer, caller, options) else {
          observer.ignore(tracer)
          continue
        }
        open[id] = session
        writer.begin(id, session.start(at: moment, in: book))
      case .turnAway(let tracer, let caller):
        if FlightSession.isWanted(tracer, caller, options) {
          turnedAway += 1
        } else {
          observer.ignore(tracer)
        }
      case .add(let id, let events, let tasks):
        guard open[id] != nil else { continue }
        // One that is gone already has no name.
        writer.declare(
          id, tasks.filter { $0.rawValue > 0 }.compactMap { try? TaskIdentity(reading: $0) })
        writer.add(id, events)
      case .end(let id, _, let way, _, let lost, _):
        guard let session = open.removeValue(forKey: id) else { continue }
        over.append((id, session, Ending(way: way, lost: lost, logs: session.logs?.found ?? [])))
      }
    }
  }

  /// Puts what was seen on the disk, and has sessions ended that are over.
  ///
  /// A disk that is full or a file that is locked may pass: what was seen waits, and what has no room is counted.
  func commit() throws(StoreError) {
    writer.isFull = ender.isFull
    do throws(StoreError) {
      let isWork = writer.hasWork
      try writer.commit()
      while let (id, session, ending) = over.first {
        let run = try writer.close(id)
        over.removeFirst()
        if let run { ender.end(ended(run, session, ending)) }
      }
      toldFailure = nil
      if isWork { ender.keep() }
    } catch {
      switch error {
      case .noSpace, .locked:
        if toldFailure != error.description { tell(.notKept(error.description)) }
        toldFailure = error.description
      default: throw error
      }
    }
  }

  private func ended(_ run: Int64, _ session: FlightSession, _ ending: Ending) -> EndedSession {
    var unseen = [Source.bpf.unseen].compactMap { $0 }
    if session.isInNamespace { unseen.append("signals of tasks in another pid namespace") }
    return EndedSession(
      run: run, tracer: session.tracer, logs: ending.logs,
      reason: ending.way == .interrupted ? WatchEnd.interrupted.words : nil,
      unseen: unseen.isEmpty ? nil : "not seen: " + unseen.joined(separator: ", "))
  }

  /// Tells what is not recorded.
  func tellCounts() {
    guard turnedAway > toldTurnedAway else { return }
    toldTurnedAway = turnedAway
    tell(.turnedAway(toldTurnedAway, most: options.mostOpen))
  }

  /// Ends the sessions of tracers that are gone although their end was not seen.
  func bury(_ observer: inout EveryTracer) {
    let now = Tracer.now()
    for tracer in observer.openTracers where (try? TaskStat(of: tracer)) == nil {
      take(observer.bury(tracer, at: now), &observer)
    }
  }

  /// Ends all that is open.
  func end(_ observer: inout EveryTracer) throws(StoreError) {
    repeat {
      take(observer.next(timeout: 0, now: Tracer.now), &observer)
    } while observer.hasMore
    take(observer.endAll(as: .interrupted, at: Tracer.now()), &observer)
    try commit()
    ender.close()
    tellCounts()
    if observer.lost > 0 { tell(.lost(observer.lost)) }
  }
}
