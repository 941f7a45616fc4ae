import Testing

@testable import FiniSession

@Suite("Where a command makes CRIU write its log")
struct LogPlaceTests {
  private static func words(_ text: String) -> [String] {
    text.split(separator: " ").map(String.init)
  }

  @Test(
    "By the words of criu itself",
    arguments: [
      ("criu dump -t 7 -D images -o dump.log", "images/dump.log"),
      ("/usr/sbin/criu -v4 dump -t 7 --images-dir=/i -W /w -o dump.log", "/w/dump.log"),
      ("criu dump -D images --work-dir work --log-file d.log", "work/d.log"),
      ("criu dump -D images -o /var/log/criu.log", "/var/log/criu.log"),
      ("criu restore -odump.log -Dimages", "images/dump.log"),
      ("criu dump -t 7 -o dump.log", "dump.log"),
      ("sudo -u root criu dump -D i -o d", "i/d"),
      ("env A=B timeout 10 criu dump -D i -o d", "i/d"),
      ("ld.so --library-path /x /x/sbin/criu dump -D i -o d", "i/d"),
    ])
  func criu(command: String, path: String) {
    #expect(LogPlace.named(in: Self.words(command), directory: ".") == [.file(path)])
  }

  @Test(
    "A log on the terminal has no file, and neither has what is no criu",
    arguments: [
      "criu dump -t 7 -D images", "criu dump -t 7 -o -", "criu dump -o", "criu swrk 3",
      "sleep 5 -o x.log", "gdb -p 7", "podman ps", "runc list",
    ])
  func nowhere(command: String) {
    #expect(LogPlace.named(in: Self.words(command), directory: ".").isEmpty)
  }

  @Test("Paths begin where the command runs")
  func directory() {
    #expect(
      LogPlace.named(in: Self.words("criu dump -D i -o d.log"), directory: "/home/x")
        == [.file("/home/x/i/d.log")])
    #expect(
      LogPlace.named(in: Self.words("criu dump -D /i -o d.log"), directory: "/home/x")
        == [.file("/i/d.log")])
  }

  @Test("In the text of a shell")
  func shell() {
    let text = "cd /; A=1 criu dump -D 'my images' -o \"d 1.log\" && criu restore -D i -o r\\ 2.log"
    #expect(
      LogPlace.named(in: ["sh", "-c", text], directory: ".") == [
        .file("my images/d 1.log"), .file("i/r 2.log"),
      ])
    #expect(
      LogPlace.named(in: ["bash", "-ec", "exec criu dump -o d"], directory: ".") == [.file("d")])
    #expect(LogPlace.named(in: ["sh", "-c"], directory: ".").isEmpty)
    #expect(LogPlace.named(in: ["sh", "script", "criu"], directory: ".").isEmpty)
  }

  @Test("By the words of container managers")
  func containers() {
    let podman = LogPlace.named(
      in: Self.words("podman --runtime runc container checkpoint c"), directory: ".")
    #expect(
      podman.contains(
        .below(folder: "/var/lib/containers/storage/overlay-containers", path: "userdata/dump.log"))
    )
    let restore = LogPlace.named(
      in: Self.words("podman --root /r container restore c"), directory: ".")
    #expect(restore.contains(.below(folder: "/r/overlay-containers", path: "userdata/restore.log")))
    #expect(
      LogPlace.named(in: Self.words("runc checkpoint --work-path /w c"), directory: ".")
        == [.file("/w/dump.log")])
    #expect(
      LogPlace.named(in: Self.words("runc checkpoint c"), directory: ".")
        == [.below(folder: "/run/runc", path: "criu.work/dump.log")])
    #expect(
      LogPlace.named(in: Self.words("crun restore --image-path i c"), directory: "/x")
        == [.file("/x/i/restore.log")])
  }
}
