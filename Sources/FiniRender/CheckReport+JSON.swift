internal import FiniModel
internal import FiniTimeline

extension CheckReport {
  static func name(_ caught: FiniStrategy) -> String {
    switch caught {
    case .breakpoint: "breakpoint"
    case .breakpointAfter: "breakpoint-after"
    case .syscall: "syscall"
    case .direct: "direct"
    }
  }

  static func text(for evidence: Evidence) -> String {
    var object = JSONObject()
    object.put("event", evidence.event)
    object.put("reason", evidence.reason)
    return object.text
  }

  static func text(for finding: Finding) -> String {
    var object = JSONObject()
    object.put("kind", finding.kind.rawValue)
    object.put("failure", finding.kind.isFailure)
    object.put("event", finding.event)
    object.put("sentence", finding.sentence)
    return object.text
  }

  static func object(for intervention: Intervention) -> JSONObject {
    var object = JSONObject()
    object.put("event", intervention.stop)
    object.put("class", intervention.stopClass.name)
    object.put("signal", intervention.signal?.rawValue)
    object.put("signal_name", intervention.signal?.description)
    object.put("siginfo", object: intervention.info.map { DetailJSON.object(for: $0) })
    object.put("pending_since", intervention.pendingSince)
    return object
  }

  static func object(for costs: Costs) -> JSONObject {
    var object = JSONObject()
    object.put("calls", costs.calls)
    object.put("stops", costs.stops)
    object.put("signals", costs.signals)
    object.put("frozen_ns", costs.frozen)
    if let fini = costs.fini {
      var window = JSONObject()
      window.put("calls", fini.calls)
      window.put("stops", fini.stops)
      window.put("duration_ns", fini.duration)
      window.put("first", fini.first)
      window.put("last", fini.last)
      object.put("fini", object: window)
    }
    return object
  }
}
