import FiniModel
import FiniProcfs
import FiniTestSupport
import Testing

@Suite("/proc/<pid>/maps as a value")
struct MemoryMapTests {
  @Test("Names keep their blanks and say when the file was deleted")
  func names() throws {
    let text = """
      55d0c0000000-55d0c0001000 r-xp 00001000 fe:00 123                        /a dir/with  blanks (deleted)
      7f0000000000-7f0000002000 rw-p 00000000 00:00 0 
      7ffff7fc0000-7ffff7fc2000 rwxs 00000000 00:01 77                         /memfd:linux-vdso.so.1 (deleted)
      7ffff7fc2000-7ffff7fc4000 r-xp 00000000 00:00 0                          [vdso]
      ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]

      """
    let map = MemoryMap(parsing: Array(text.utf8))
    try #require(map.mappings.count == 5)
    #expect(map.mappings[0].name == "/a dir/with  blanks (deleted)")
    #expect(map.mappings[0].range.start == RemoteAddress(0x55d0_c000_0000))
    #expect(map.mappings[0].range.byteCount == 4096)
    #expect(map.mappings[0].isExecutable && map.mappings[0].isReadable)
    #expect(map.mappings[1].name == "")
    #expect(!map.mappings[1].isExecutable)
    #expect(map.mappings[2].name == "/memfd:linux-vdso.so.1 (deleted)")
    #expect(map.mappings[3].name == "[vdso]")
    #expect(!map.mappings[4].isReadable)
    #expect(map.mappings[4].range.end == RemoteAddress(0xffff_ffff_ff60_1000))
    #expect(map.mapping(at: RemoteAddress(0x7fff_f7fc_2000))?.name == "[vdso]")
    #expect(map.mapping(at: RemoteAddress(0x7fff_f7fc_4000)) == nil)
  }

  @Test(
    "A line in another format is left out",
    arguments: ["", "x", "1-2", "2-1 r-xp 0 0:0 0 x", "g-h r-xp 0 0 0"])
  func rubbish(line: String) {
    let map = MemoryMap(parsing: Array((line + "\n1000-2000 r--p 0 0:0 0\n").utf8))
    #expect(map.mappings.count == 1)
  }

  @Test("A live task with a thousand mappings is read whole")
  func live() throws {
    try withVictim("many-maps") { victim in
      let map = try MemoryMap(of: victim.task)
      #expect(map.mappings.count == victim.maps.count)
      #expect(map.mappings.count > 1000)
      #expect(map.mappings.contains { $0.name.hasSuffix("/many-maps") && $0.isExecutable })
    }
  }
}
