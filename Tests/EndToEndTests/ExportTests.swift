import FiniTestSupport
import Foundation
import Testing

/// What a run is exported to can be read by the programs that it is meant for.
@Suite("Exports", .serialized)
struct ExportTests {
  private func imported(_ log: String) throws -> (tool: Tool, file: String) {
    let tool = try Tool()
    let file = tool.folder + "/failed.db"
    let log = House.root + "/Tests/Fixtures/\(log).strace.gz"
    #expect(tool.run("import", log, "-o", file).status != 64)
    return (tool, file)
  }

  @Test func `csv has the rows of the view, as sqlite3 sees them`() throws {
    let (tool, file) = try imported("good")
    let csv = tool.run("export", file, "--format", "csv").out
    let question = "SELECT * FROM timeline WHERE run = 1 ORDER BY sequence"
    let witness = tool.run(program: "sqlite3", ["-csv", "-header", file, question]).out
    func rows(_ text: String) -> [String] {
      // sqlite3 puts quotes around more than needs them.
      text.filter { $0 != "\"" }.replacingOccurrences(of: "\r\n", with: "\n").split(separator: "\n")
        .map(String.init)
    }
    #expect(rows(csv).count > 100 && rows(csv) == rows(witness))
  }

  @Test func `no recording is replaced, no log that is read, and a link leads to its file`() throws
  {
    let (tool, file) = try imported("good")
    let log = tool.folder + "/a.log"
    try "(00.1) one line\n".write(toFile: log, atomically: true, encoding: .utf8)
    for words in [
      ["export", file, "--format", "html", "--to", file], ["bundle", file, "-o", file],
      ["bundle", file, "--log", log, "-o", log],
    ] {
      let run = tool.run(words)
      #expect(run.status != 0 && run.err.contains("name another file"), "\(words): \(run.err)")
    }
    #expect(tool.run("list", file).status == 0)
    #expect(readWhole(log) == "(00.1) one line\n")
    let (real, link) = (tool.folder + "/real.csv", tool.folder + "/link.csv")
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: real)
    #expect(tool.run("export", file, "--format", "csv", "--to", link).status == 0)
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == real)
    #expect(readWhole(real).contains("sequence"))
  }

  @Test func `ndjson is what show writes`() throws {
    let (tool, file) = try imported("good")
    let events = tool.run("export", file, "--format", "ndjson")
    #expect(events.status == 0 && events.out == tool.run("show", file, "--json").out)
  }

  @Test func `svg is well-formed, and the breakpoint's stop is in it`() throws {
    let (tool, file) = try imported("good")
    let picture = tool.run("export", file, "--format", "svg").out
    func count(_ text: String) -> Int { picture.components(separatedBy: text).count - 1 }
    #expect(picture.hasPrefix("<svg xmlns=") && picture.hasSuffix("</svg>\n"))
    #expect(count("<rect ") > 5 && count("<text ") == count("</text>"))
    #expect(count("<title>") == count("</title>") && count("<rect ") == count("</rect>") + 1)
    #expect(picture.contains("stopped: breakpoint"))
  }

  @Test func `html has the texts of the reports, and nothing in them ends an element`() throws {
    let (tool, file) = try imported("good")
    let page = tool.run("export", file, "--format", "html")
    #expect(page.status == 0 && page.out.hasPrefix("<!DOCTYPE html>"), "\(page.err)")
    #expect(!page.out.contains("@@"), "each mark is filled")
    let check = tool.run("check", file, "--json").out.trimmingCharacters(in: .newlines)
    for mark in ["<", ">", "&"] { #expect(!check.contains(mark) || !page.out.contains(check)) }
    let escaped = check.replacingOccurrences(of: ">", with: "\\u003e")
      .replacingOccurrences(of: "<", with: "\\u003c").replacingOccurrences(of: "&", with: "\\u0026")
    #expect(page.out.contains(escaped))
  }

  @Test
  func `a file is whole and private, what was there stays on a full disk, and a device stays`()
    throws
  {
    let (tool, file) = try imported("good")
    let target = tool.folder + "/page.html"
    #expect(tool.run("export", file, "--format", "html", "--to", target).status == 0)
    let mode = try FileManager.default.attributesOfItem(atPath: target)[.posixPermissions]
    #expect(mode as? Int == 0o600)
    let full = tool.run("export", file, "--format", "html", "--to", "/dev/full")
    #expect(full.status == 74 && full.err.contains("/dev/full: no space left"), "\(full.err)")
    #expect(tool.run(program: "test", ["-c", "/dev/full"]).status == 0)
    let nowhere = tool.run("export", file, "--format", "html", "--to", tool.folder + "/no/such")
    #expect(nowhere.status == 74 && nowhere.errLines.count == 1)
    let left = try FileManager.default.contentsOfDirectory(atPath: tool.folder)
    #expect(!left.contains { $0.hasSuffix(".part") }, "\(left)")
  }

  @Test func `perfetto has a begin for each end, and flows that lead from a resume to a stop`()
    throws
  {
    let (tool, file) = try imported("good")
    let trace = tool.folder + "/run.pftrace"
    #expect(tool.run("export", file, "--format", "perfetto", "--to", trace).status == 0)
    let packets = try PerfettoWitness(contentsOf: trace)
    #expect(packets.names.contains("PTRACE_CONT") && packets.names.contains("breakpoint"))
    #expect(packets.depths.allSatisfy { $0 == 0 }, "each track ends as deep as it began")
    #expect(packets.ended.count > 3 && packets.ended.isSubset(of: packets.begun))
  }
}
