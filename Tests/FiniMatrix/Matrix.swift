import FiniModel
import FiniPtrace
import FiniTestSupport
import Foundation

/// Runs the matrix, or one part of it. Exit status 0 if every cell is as it must be, 1 if not.
@main
struct Matrix {
  static func main() {
    guard let plan = Plan(Array(CommandLine.arguments.dropFirst())) else {
      FileHandle.standardError.write(Data((Plan.usage + "\n").utf8))
      exit(64)
    }
    if plan.part != nil || !plan.isComplete {
      // Ctrl-C is one of the incidents.
      Tracer.blockSignals(interrupts: true)
      Doors.prepareForTwins()
      exit(PtraceThread.runBlocking { Worker(plan).go() })
    }
    exit(Manager(plan).go())
  }
}

/// Prints a line at once, also into a pipe.
func tell(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
