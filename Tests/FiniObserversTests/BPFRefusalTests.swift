import FiniModel
import FiniProcfs
import FiniTestSupport
import Testing

@testable import FiniObservers

@Suite("Why the kernel refuses to be watched")
struct BPFRefusalTests {
  private func refusal(
    _ stage: BPFRefusal.Stage, _ error: Int32, lacking: BPFRefusal.Feature? = nil,
    _ detail: String = ""
  ) -> BPFRefusal {
    BPFRefusal(
      stage: stage, error: Errno(rawValue: error), lacking: lacking, detail: detail)
  }

  /// What Linux 6.1 said of two comparisons that clang had made into one.
  private let unbounded = """
    libbpf: prog 'on_sys_exit': BPF program load failed: Permission denied
    =scalar() R7=alloc_mem(ref_obj_id=71,off=0,imm=0) refs=71
    1221: (bc) w2 = w6                    ; R2_w=scalar(umax=4294967295) R6_w=scalar(id=75) refs=71
    1222: (85) call bpf_probe_read_user#112
    R2 unbounded memory access, use 'var &= const' or 'if (var < const)'
    processed 1715 insns (limit 1000000) max_states_per_insn 4 total_states 84 peak_states 84 mark_read 6
    -- END PROG LOAD LOG --
    libbpf: prog 'on_sys_exit': failed to load: -13
    libbpf: failed to load object '55b9bd6c89b0-77d0'

    """

  /// What Linux 5.10 said of an instruction that came with 5.12.
  private let reserved = """
    libbpf: prog 'on_sys_enter': BPF program load failed: Invalid argument
    libbpf: prog 'on_sys_enter': -- BEGIN PROG LOAD LOG --
    trace type programs with run-time allocated hash maps are unsafe. Switch to preallocated hash maps.
    BPF_STX uses reserved fields
    processed 0 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0
    -- END PROG LOAD LOG --
    libbpf: prog 'on_sys_enter': failed to load: -22
    libbpf: failed to load object '56530b9f29b0-77d0'

    """

  @Test("The program's name and the verifier's own last line, of Linux 6.1 and 5.10")
  func verifier() {
    #expect(
      refusal(.load, 13, unbounded).causeBesideRights
        == "the kernel refuses the BPF program on_sys_exit: R2 unbounded memory access, use"
        + " 'var &= const' or 'if (var < const)' (EACCES)")
    #expect(
      refusal(.load, 22, reserved).causeBesideRights
        == "the kernel refuses the BPF program on_sys_enter: BPF_STX uses reserved fields (EINVAL)")
    // The search for a task's number loads a program too.
    #expect(
      refusal(.offsets, 22, reserved).causeBesideRights
        == "the kernel refuses the BPF program on_sys_enter: BPF_STX uses reserved fields (EINVAL)")
  }

  @Test("A feature that lacks is named, and no version")
  func features() {
    for feature in BPFRefusal.Feature.allCases {
      let cause = refusal(.load, 22, lacking: feature, reserved).causeBesideRights
      #expect(cause == "the kernel lacks \(feature.words) (EINVAL)")
      #expect(!cause.contains("Linux"))
    }
    #expect(
      refusal(.load, 38, lacking: .call).causeBesideRights
        == "the kernel lacks bpf(2), CONFIG_BPF_SYSCALL (ENOSYS)")
    #expect(refusal(.offsets, 2).causeBesideRights.contains("lacks BTF, CONFIG_DEBUG_INFO_BTF"))
  }

  @Test("A map that is refused is named; without a word of the verifier the error stands alone")
  func terse() {
    let map = "libbpf: map 'pending': failed to create: Cannot allocate memory(-12)\n"
    #expect(
      refusal(.load, 12, map).causeBesideRights
        == "the kernel refuses the BPF map pending (ENOMEM)")
    #expect(
      refusal(.load, 1).causeBesideRights == "the kernel refuses the BPF program (EPERM);"
        + " a seccomp filter or a security module may forbid bpf(2)")
  }

  @Test("Which capability is missing has a name")
  func missingCapability() {
    func missing(_ capabilities: UInt64) -> [String] {
      BPFRefusal.missing(of: OwnRights(user: 1000, capabilities: capabilities))
    }
    #expect(missing(0) == ["CAP_BPF", "CAP_PERFMON"])
    #expect(missing(1 << 39) == ["CAP_PERFMON"])
    #expect(missing(1 << 39 | 1 << 38) == [])
    #expect(missing(1 << 21) == [])
  }

  @Test("What helps depends on who asks")
  func remedy() {
    let refusal = refusal(.load, 1)
    func remedy(_ user: UInt32, _ capabilities: UInt64, _ isInside: Bool = false) -> String? {
      refusal.remedy(
        for: OwnRights(user: user, capabilities: capabilities, isInUserNamespace: isInside))
    }
    #expect(
      remedy(1000, 0)
        == "run as root, or give the program cap_sys_ptrace, cap_bpf and cap_perfmon by setcap(8)")
    #expect(remedy(0, 0) == "in a container start it with docker run --privileged --pid=host")
    #expect(
      remedy(0, .max, true)
        == "run it as root outside of the namespace (a rootless container is in one)")
    #expect(remedy(0, .max) == nil)
  }
}

@Suite("A program that this kernel refuses", .serialized, .enabled(if: Watching.isPermitted))
struct RefusedProgramTests {
  /// The program under a licence to which the kernel lends few of its helpers.
  private var unlicensed: [UInt64] {
    var bytes = ObserverProgram.words.flatMap { word in
      (0..<8).map { UInt8(word >> ($0 * 8) & 255) }
    }
    let licence = Array("Dual MIT/GPL".utf8)
    for start in bytes.indices.dropLast(licence.count)
    where Array(bytes[start..<start + licence.count]) == licence {
      bytes.replaceSubrange(start..<start + licence.count, with: "Proprietary!".utf8)
    }
    return stride(from: 0, to: bytes.count, by: 8).map { start in
      (0..<8).reduce(0) { $0 | UInt64(bytes[start + $1]) << ($1 * 8) }
    }
  }

  @Test("The kernel's own words and the program's name are in the message")
  func licence() {
    do throws(BPFRefusal) {
      _ = try BPFObserver(
        subject: TaskID(Doors.ownProcess), .init(ringSize: 1 << 16, program: unlicensed))
      Issue.record("it was loaded all the same")
    } catch {
      #expect(error.stage == .load && error.lacking == nil, "\(error.detail)")
      #expect(
        error.message.hasPrefix("the kernel refuses the BPF program on_sys_enter: cannot call GPL"),
        "\(error.message)")
      #expect(error.message.hasSuffix("(EINVAL)"))
    }
  }
}
