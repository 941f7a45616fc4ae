/// A line of an import that was not understood.
public struct UnparsedText {
  private let event: UInt32
  private let input: String
  private let line: UInt32
  private let text: String

  /// Makes a value; input and text are unchanged.
  public init(event: UInt32, input: String, line: UInt32, text: String) {
    self.event = event
    self.input = input
    self.line = line
    self.text = text
  }

  /// Writes it as one line.
  public func write(run: Int64, asJSON: Bool, to output: inout some TextOutputStream) {
    guard asJSON else {
      output.write("\(Escaped(input)):\(line): \(Escaped(text))\n")
      return
    }
    var object = JSONObject()
    object.put("run", run)
    object.put("event", event)
    object.put("input", input)
    object.put("line", line)
    object.put("text", text)
    output.write(object.text + "\n")
  }
}
