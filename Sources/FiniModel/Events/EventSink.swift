/// A place where events go.
///
/// Recording never blocks and never fails: a sink that has no room counts what it lost and
/// says so in a ``Event/Payload/gap(lost:)`` later. It is called between a stop and its resume.
public protocol EventSink: AnyObject {
  /// Takes one event.
  func record(_ event: Event)
}
