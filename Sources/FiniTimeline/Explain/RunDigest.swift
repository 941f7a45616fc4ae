internal import FiniModel

/// The events of a run that its explanation is made of: all of them up to a limit, and of a longer run those that tell
/// most.
///
/// A run has millions of events only where its tracer does the same again and again. Beyond the limit the middle of what is
/// repeated is passed over: of the events of one ``Shape`` the first and the last stay, and more of those that tell of
/// trouble or of an end. Where there are very many shapes fewer of each stay, and then fewer shapes. No more events than
/// ``limit`` are ever kept (RunDigestTests).
struct RunDigest {
  /// An event, with its words where it is a line.
  typealias Item = (event: Event, text: String?)

  /// How many events of each shape stay at each end, at first.
  static let edge = 64
  /// No fewer than these, or rather fewer shapes.
  private static let leastEdge = 4
  /// How many times more of those that tell most.
  private static let weight = 8
  /// The lines that stay before and after an error.
  private static let neighbours = 8
  /// How many of the calls that took longest stay.
  private static let slowest = 8

  /// No more events than these are kept.
  let limit: Int
  /// So many are kept before the first is passed over.
  private let wholeLimit: Int
  /// How many events there were.
  private(set) var seen = 0
  /// How many are kept now; one may be kept twice.
  private(set) var count = 0

  /// All events, as long as there are not too many.
  private var whole: [Item] = []
  private var isThinned = false
  private var edge = RunDigest.edge
  /// One for each shape, in the order in which they came.
  private var groups: [Group] = []
  /// Their places in it.
  private var places: [Shape: Int] = [:]
  /// The last lines of a log, for an error that may come.
  private var recent: [Item] = []
  /// How many lines after an error are still to be kept.
  private var after = 0
  /// The calls that took longest, the longest last.
  private var slow: [Item] = []

  /// - Parameters:
  ///   - limit: how many events are kept.
  ///   - whole: how many are kept before the first is passed over; as many, if left out.
  init(limit: Int, whole: Int? = nil) {
    precondition(limit >= 1024, "there is to be room for a few shapes")
    self.limit = limit
    wholeLimit = min(whole ?? limit, limit)
  }

  /// Whether one more event is one too many to keep all.
  var isFull: Bool { isThinned || whole.count == wholeLimit }

  /// Takes the next event of the run.
  ///
  /// - Parameter text: its words, where it is a line.
  mutating func observe(_ event: Event, _ text: String?) {
    seen += 1
    guard isFull else {
      whole.append((event, text))
      count += 1
      return
    }
    if !isThinned { thin() }
    add((event, text))
    if count > limit - RunDigest.slowest { narrow() }
  }

  /// The events that are kept, in order.
  var items: [Item] {
    guard isThinned else { return whole }
    var items = slow
    for group in groups { items += group.items }
    items.sort { $0.event.sequence < $1.event.sequence }
    var last: UInt32?
    return items.filter { item in
      defer { last = item.event.sequence }
      return item.event.sequence != last
    }
  }

  // MARK: Thinning

  private mutating func thin() {
    isThinned = true
    let all = whole
    whole = []
    count = 0
    for item in all { add(item) }
    if count > limit / 2 { narrow() }
  }

  private mutating func add(_ item: Item) {
    let shape = Shape(item)
    add(item, to: shape)
    if case .request = item.event.payload { addSlow(item) }
    guard shape.isLine else { return }
    if shape.isError {
      for line in recent { add(line, to: .neighbour) }
      after = RunDigest.neighbours
    } else if after > 0 {
      after -= 1
      add(item, to: .neighbour)
    }
    recent.append(item)
    if recent.count > RunDigest.neighbours { recent.removeFirst() }
  }

  private mutating func add(_ item: Item, to shape: Shape) {
    let place: Int
    if let known = places[shape] {
      place = known
    } else {
      place = groups.count
      places[shape] = place
      groups.append(Group(of: shape))
    }
    let most = shape.tells ? edge * RunDigest.weight : edge
    if groups[place].add(item, edge: most) { count += 1 }
  }

  private mutating func addSlow(_ item: Item) {
    let took = item.event.duration
    guard slow.count < RunDigest.slowest || took > slow[0].event.duration else { return }
    let place = slow.firstIndex { $0.event.duration > took } ?? slow.endIndex
    slow.insert(item, at: place)
    if slow.count > RunDigest.slowest { slow.removeFirst() }
  }

  /// Makes room: fewer of each shape stay, and when those are few fewer shapes: the first and the last.
  private mutating func narrow() {
    while count > limit / 2 {
      if edge > RunDigest.leastEdge {
        edge /= 2
        for place in groups.indices {
          let most = groups[place].shape.tells ? edge * RunDigest.weight : edge
          count -= groups[place].narrow(to: most)
        }
      } else {
        let third = max(1, groups.count / 3)
        let middle = third..<(groups.count - third)
        for group in groups[middle] { count -= group.count }
        groups.removeSubrange(middle)
        places = [:]
        for (place, group) in groups.enumerated() { places[group.shape] = place }
      }
    }
  }

  /// The first and the last events of a shape.
  private struct Group {
    let shape: Shape
    private var first: [Item] = []
    /// A ring that begins at `oldest`.
    private var last: [Item] = []
    private var oldest = 0

    init(of shape: Shape) { self.shape = shape }

    var count: Int { first.count + last.count }

    /// In order.
    var items: [Item] { first + last[oldest...] + last[..<oldest] }

    /// Takes an event; whether there is one more then.
    mutating func add(_ item: Item, edge: Int) -> Bool {
      if first.count < edge {
        first.append(item)
      } else if last.count < edge {
        last.append(item)
      } else {
        last[oldest] = item
        oldest += 1
        if oldest == last.count { oldest = 0 }
        return false
      }
      return true
    }

    /// Lets go of what is too much; how many that are.
    mutating func narrow(to edge: Int) -> Int {
      guard count > edge else { return 0 }
      let all = items
      first = Array(all.prefix(edge))
      last = Array(all.dropFirst(edge).suffix(edge))
      oldest = 0
      return all.count - count
    }
  }
}

/// What repeated events have in common, so that the middle of them tells nothing new.
private struct Shape: Hashable {
  /// The task; of a neighbour of an error none.
  private var task: TaskID
  private var kind: EventKind
  /// The request, the class of a stop, a fate, a fact.
  private var what: Int64 = 0
  /// An error, a status, a signal.
  private var how: Int64 = 0
  /// Where, or which one: a debug register, a system call.
  private var place: Int64 = 0
  /// Whether more of them stay than of others.
  private(set) var tells = false
  private(set) var isError = false

  /// The lines before and after an error.
  static let neighbour: Shape = {
    var shape = Shape(task: TaskID(-1), kind: .log)
    shape.tells = true
    return shape
  }()

  var isLine: Bool { kind.isLine }

  /// Fewer words than there are fields: one is made for each event of a long run.
  func hash(into hasher: inout Hasher) {
    hasher.combine(Int64(task.rawValue) << 8 | Int64(kind.rawValue))
    hasher.combine(what)
    hasher.combine(how)
    hasher.combine(place)
  }

  private init(task: TaskID, kind: EventKind) {
    self.task = task
    self.kind = kind
  }

  init(_ item: RunDigest.Item) {
    let event = item.event
    self.init(task: event.tracee, kind: event.kind)
    switch event.payload {
    case .request(let call): describe(call)
    case .wait(let call):
      what = call.result > 0 ? 1 : call.result
      how = Int64(call.status ?? 0)
      tells = call.result < 0 || how >> 16 != 0
    case .stop(let stop):
      what = Int64(stop.stopClass.code)
      how = Int64(stop.status) << 32 | Int64(stop.info?.code.rawValue ?? 0)
      place = Int64(stop.syscall?.number ?? 0)
      // Stops that PTRACE_EVENT_* announce, and what is no stop of a repeated call.
      tells = stop.status >> 16 != 0 || stop.stopClass == .breakpoint
    case .signal(let record):
      what = Int64(record.fate.rawValue)
      how = Int64(record.info.signal.rawValue)
      place = Int64(record.info.code.rawValue)
    case .memory(let access):
      what = Int64(access.way.rawValue)
      how = Int64(access.error?.rawValue ?? 0)
      tells = how != 0
    case .log(let record):
      what = Int64(record.fact.code)
      how = Int64(record.severity.rawValue)
      isError = record.severity == .error
      tells = isError
    case .unparsed:
      // One with a call in it may hide what happened.
      tells = ["ptrace(", "wait4(", "waitid("].contains { item.text?.contains($0) ?? false }
    default: tells = true
    }
  }

  private mutating func describe(_ call: RequestCall) {
    what = call.request.rawValue
    how = Int64(call.error?.rawValue ?? 0)
    switch call.request.kind {
    case .poke, .peek:
      // Debug registers are words of struct user, and what arms one is no 0.
      if call.address < 1024 { place = Int64(call.address) << 1 | (call.data == 0 ? 0 : 1) }
    // The signal that is given.
    case .cont, .syscall, .step, .listen, .detach: place = Int64(truncatingIfNeeded: call.data)
    default: break
    }
    switch call.request.kind {
    case .seize, .attach, .traceMe, .detach, .interrupt, .kill, .options: tells = true
    default: tells = how != 0
    }
  }
}
