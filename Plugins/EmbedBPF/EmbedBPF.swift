import Foundation
import PackagePlugin

/// Compiles the BPF program with the toolchain's own clang and writes its bytes as Swift.
///
/// One command whose only output is the Swift file: an object file among the outputs would become a
/// resource of the package.
@main
struct EmbedBPF: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
    let sources = context.package.directoryURL.appending(path: "Sources/CFiniBPF")
    let folder = sources.appending(path: "program")
    let parts = [
      "by_itself.h", "by_perf.h", "calls.h", "common.h", "search.h", "signals.h", "tasks.h",
      "tracers.h",
    ].map { folder.appending(path: $0) }
    let program = folder.appending(path: "observer.bpf.c")
    let script = context.package.directoryURL.appending(path: "Plugins/EmbedBPF/embed")
    let output = context.pluginWorkDirectoryURL.appending(path: "ObserverProgram.swift")
    let clang = try context.tool(named: "clang").url
    return [
      .buildCommand(
        displayName: "Compiling observer.bpf.c",
        executable: URL(fileURLWithPath: "/bin/sh"),
        arguments: [
          script.path, clang.path, sources.appending(path: "include").path, program.path,
          output.path,
        ],
        inputFiles: [
          script, program, sources.appending(path: "include/fini_bpf_record.h"),
        ] + parts,
        outputFiles: [output])
    ]
  }
}
