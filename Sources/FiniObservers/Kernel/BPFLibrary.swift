internal import CFiniBPF

/// The library that loads BPF programs.
package enum BPFLibrary {
  /// Its version, of the copy that is linked.
  package static var version: String { "\(fini_bpf_library_major()).\(fini_bpf_library_minor())" }
}
