/// Receives events.
///
/// Recording never blocks and never fails. A sink that is full counts what it lost, and reports it
/// later as a ``Event/Payload/gap(lost:)``. It is called between a stop and its resume.
package protocol EventSink: AnyObject {
  /// Takes one event.
  func record(_ event: Event)
}
