// swift-tools-version: 6.2
import PackageDescription

// The arrows between the modules: a target lists exactly what it may import (ArchitectureTests).

let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
]

// Tests and the command line use libraries that are not declared for strict memory safety.
let lenient: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

// Of which commit the build is, where tools/release says it: twelve hexadecimal digits, and a plus if files were
// changed since. A plain build does not look: it would be made anew at each commit.
let commit: [CSetting] =
  Context.environment["FINI_TRACE_COMMIT"].map { name in
    [
      .define("FINI_COMMIT", to: "0x" + name.prefix { $0 != "+" }),
      .define("FINI_COMMIT_WAS_CHANGED", to: name.hasSuffix("+") ? "1" : "0"),
    ]
  } ?? []

let package = Package(
  name: "fini-trace",
  products: [
    .executable(name: "fini-trace", targets: ["fini-trace"])
  ],
  // Exact versions: the same commit must give the same program, and Package.resolved is not kept.
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
  ],
  targets: [
    .target(name: "FiniModel", swiftSettings: strict),
    // What the events prove: pure, under everything that judges or drives.
    .target(name: "FiniProof", dependencies: ["FiniModel"], swiftSettings: strict),
    .target(
      name: "CFiniPtrace",
      cSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Werror"])]),
    .target(
      name: "CFiniParasite",
      // The blob must be the same bytes in every configuration and must not refer outside of its
      // section: no jump tables (they land in .rodata), always optimised (-O0 emits constants).
      cSettings: [
        .unsafeFlags(["-Wall", "-Wextra", "-Werror", "-O2", "-fno-jump-tables", "-ffreestanding"])
      ]),
    .target(
      name: "FiniPtrace", dependencies: ["CFiniPtrace", "FiniModel"], swiftSettings: strict),
    .target(name: "FiniProcfs", dependencies: ["FiniModel"], swiftSettings: strict),
    .target(
      name: "FiniEngine",
      dependencies: ["FiniPtrace", "FiniProcfs", "CFiniParasite", "FiniProof", "FiniModel"],
      swiftSettings: strict),
    // The BPF program itself (program/) is compiled by the plugin and is part of FiniObservers.
    .target(
      name: "CFiniBPF", exclude: ["program"],
      cSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Werror"])],
      linkerSettings: [.linkedLibrary("bpf")]),
    .plugin(name: "EmbedBPF", capability: .buildTool()),
    .target(
      name: "FiniObservers",
      dependencies: ["CFiniBPF", "FiniPtrace", "FiniProcfs", "FiniProof", "FiniModel"],
      swiftSettings: strict, plugins: ["EmbedBPF"]),
    .target(
      name: "FiniSchema", path: "schema",
      exclude: ["CHANGES.md", "event.md", "datasette", "fleet"],
      resources: [.embedInCode("sql")], swiftSettings: strict),
    .target(
      name: "FiniStore",
      dependencies: [
        "FiniModel", "FiniSchema", .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "GRDBSQLite", package: "GRDB.swift"),
      ],
      swiftSettings: strict),
    .target(
      name: "CFiniInflate", cSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Werror"])],
      linkerSettings: [.linkedLibrary("z"), .linkedLibrary("zstd"), .linkedLibrary("lzma")]),
    .target(
      name: "FiniImporters", dependencies: ["CFiniInflate", "FiniProof", "FiniModel"],
      swiftSettings: strict),
    // What tracers say when they fail: data, and how it is found in a line.
    .target(
      name: "FiniMessages", path: "catalogue", resources: [.embedInCode("messages")],
      swiftSettings: strict),
    .target(
      name: "FiniCatalogue", dependencies: ["FiniMessages", "FiniModel"], swiftSettings: strict),
    .target(
      name: "FiniTimeline", dependencies: ["FiniCatalogue", "FiniProof", "FiniModel"],
      swiftSettings: strict),
    // The page that a run is exported to: files, and nothing else.
    .target(
      name: "FiniPage", path: "page", resources: [.embedInCode("web")], swiftSettings: strict),
    .target(
      name: "FiniRender", dependencies: ["FiniPage", "FiniModel", "FiniTimeline"],
      swiftSettings: strict),
    .target(
      name: "CFiniCommit",
      cSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Werror"])] + commit),
    // What a command does, without arguments and output.
    .target(
      name: "FiniSession",
      dependencies: [
        "CFiniCommit", "FiniModel", "FiniPtrace", "FiniProcfs", "FiniEngine", "FiniObservers",
        "FiniImporters", "FiniProof", "FiniStore", "FiniTimeline",
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "fini-trace",
      dependencies: [
        "FiniSession", "FiniRender", "FiniModel", "FiniEngine", "FiniObservers", "FiniImporters",
        "FiniStore", "FiniTimeline",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: lenient),

    .target(name: "CFiniTestSupport", path: "Tests/CFiniTestSupport"),
    .target(
      name: "FiniTestSupport", dependencies: ["CFiniTestSupport", "FiniModel"],
      path: "Tests/FiniTestSupport", swiftSettings: lenient),
    // Synthetic runs for the pure modules: no victim, no clock.
    .target(
      name: "FiniEventScripts", dependencies: ["FiniProof", "FiniModel"],
      path: "Tests/FiniEventScripts",
      swiftSettings: lenient),
    .testTarget(
      name: "FiniModelTests", dependencies: ["FiniModel", "FiniEventScripts"],
      swiftSettings: lenient),
    .testTarget(
      name: "FiniCatalogueTests",
      dependencies: ["FiniCatalogue", "FiniMessages", "FiniModel", "FiniTestSupport"],
      swiftSettings: lenient),
    .testTarget(
      name: "FiniProofTests", dependencies: ["FiniProof", "FiniModel", "FiniEventScripts"],
      swiftSettings: lenient),
    .testTarget(
      name: "FiniImportersTests",
      dependencies: ["FiniImporters", "FiniProof", "FiniModel", "FiniTestSupport"],
      swiftSettings: lenient),
    .testTarget(
      name: "FiniPtraceTests",
      dependencies: ["FiniPtrace", "FiniModel", "FiniTestSupport"],
      swiftSettings: lenient),
    .testTarget(
      name: "FiniProcfsTests",
      dependencies: ["FiniProcfs", "FiniModel", "FiniTestSupport"],
      swiftSettings: lenient),
    .testTarget(
      name: "FiniObserversTests",
      dependencies: [
        "FiniObservers", "CFiniBPF", "FiniStore", "FiniTimeline", "FiniProof", "FiniModel",
        "FiniProcfs", "FiniTestSupport", "CFiniTestSupport", "fini-trace",
      ],
      swiftSettings: lenient),
    // A tracer to be killed, and one without rights: both must be processes of their own.
    .executableTarget(
      name: "fini-cure-helper",
      dependencies: ["FiniEngine", "FiniPtrace", "FiniModel", "FiniTestSupport"],
      path: "Tests/FiniCureHelper", swiftSettings: lenient),
    .testTarget(
      name: "FiniEngineTests",
      dependencies: [
        "FiniEngine", "FiniPtrace", "FiniProcfs", "FiniProof", "FiniModel", "CFiniParasite",
        "FiniTestSupport", "fini-cure-helper",
      ],
      swiftSettings: lenient),
    // A recorder to be killed, and a reader without rights: both must be processes of their own.
    .executableTarget(
      name: "fini-store-writer",
      dependencies: ["FiniStore", "FiniModel", "CFiniTestSupport"],
      path: "Tests/FiniStoreWriter", swiftSettings: lenient),
    // Cures without end under a storm of signals; run by tools/torture.
    .executableTarget(
      name: "fini-torture",
      dependencies: ["FiniEngine", "FiniPtrace", "FiniModel", "FiniTestSupport"],
      path: "Tests/FiniTorture", swiftSettings: lenient),
    // Every incident at every boundary of every strategy on every victim; run by tools/matrix.
    .executableTarget(
      name: "fini-matrix",
      dependencies: [
        "FiniEngine", "FiniPtrace", "FiniProof", "FiniModel", "FiniStore", "FiniTestSupport",
        "CFiniTestSupport", "fini-trace",
      ],
      path: "Tests/FiniMatrix", swiftSettings: lenient),
    // Many cures of one process, each measured; run by tools/bench.
    .executableTarget(
      name: "fini-bench",
      dependencies: [
        "FiniSession", "FiniEngine", "FiniModel",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Tests/FiniBench", swiftSettings: lenient),
    .testTarget(
      name: "FiniMatrixTests", dependencies: ["fini-matrix", "FiniTestSupport"],
      swiftSettings: lenient),
    .testTarget(
      name: "FiniStoreTests",
      dependencies: [
        "FiniStore", "FiniModel", "FiniSchema", "FiniTestSupport", "fini-store-writer",
        .product(name: "GRDB", package: "GRDB.swift"),
      ],
      swiftSettings: lenient),
    .testTarget(
      name: "FiniTimelineTests",
      dependencies: ["FiniTimeline", "FiniProof", "FiniModel", "FiniEventScripts"],
      swiftSettings: lenient),
    .testTarget(
      name: "FiniRenderTests",
      dependencies: [
        "FiniRender", "FiniTimeline", "FiniProof", "FiniModel", "FiniEventScripts",
      ],
      exclude: ["Golden"], swiftSettings: lenient),
    .testTarget(
      name: "FiniSessionTests",
      dependencies: [
        "FiniSession", "FiniEngine", "FiniPtrace", "FiniRender", "FiniStore", "FiniTimeline",
        "FiniModel", "FiniTestSupport", "FiniImporters",
      ],
      swiftSettings: lenient),
    .testTarget(
      name: "ReadmeTests", dependencies: ["fini-trace", "FiniTestSupport"], swiftSettings: lenient),
    .testTarget(
      name: "EndToEndTests",
      dependencies: [
        "fini-trace", "FiniProof", "FiniModel", "FiniStore", "FiniTimeline", "FiniTestSupport",
        "FiniProcfs", "FiniCatalogue",
      ],
      swiftSettings: lenient),
  ],
  swiftLanguageModes: [.v6]
)
