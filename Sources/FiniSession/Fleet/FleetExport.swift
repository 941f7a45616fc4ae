package import FiniModel
internal import FiniStore
internal import Glibc

/// Rows of runs of many machines, for a database that is not ours: a folder with a file for each table.
///
/// A run that is being recorded is left out: what is known of it now is not what will be. A run that several files have
/// is written once.
package struct FleetExport {
  /// How rows are written; that is decided elsewhere.
  package struct Encoding {
    package var suffix: String
    package var head: (FleetTable) -> String
    package var row: (FleetTable, [QueryValue]) -> String

    package init(
      suffix: String, head: @escaping (FleetTable) -> String,
      row: @escaping (FleetTable, [QueryValue]) -> String
    ) {
      self.suffix = suffix
      self.head = head
      self.row = row
    }
  }

  private struct Taken {
    var file: TraceFile
    var run: Int64
    /// The values of ``FleetTable/key``.
    var key: [QueryValue]
  }

  private static let pieceSize = 1 << 16

  private let inputs: [String]
  private var taken: [Taken] = []

  /// Opens the files, and looks the runs up.
  ///
  /// - Parameter tell: takes a line for each run that is left out.
  package init(_ names: FleetNames, tell: (String) -> Void) throws {
    inputs = names.files
    var seen: Set<String> = []
    for path in names.files {
      let file = try TraceFile.openForReading(path)
      let runs = names.runs.isEmpty ? try file.runs() : try names.runs.map { try file.run($0) }
      for run in runs {
        guard run.state != .recording else {
          tell("\(path): run \(run.number) is being recorded, and is left out")
          continue
        }
        let origin = try file.origin(of: run.number) ?? RunOrigin(derivedFrom: run)
        guard seen.insert(origin.uuid).inserted else { continue }
        let key = [origin.machine ?? "", origin.boot ?? "", origin.uuid]
        taken.append(Taken(file: file, run: run.number, key: key.map { .text($0) }))
      }
    }
  }

  /// Writes the files: all of them, or none.
  ///
  /// A table without rows has a file as well, so that each load finds the same files.
  ///
  /// - Throws: ``ExportFile/Failure``, or a ``StoreError``.
  package func write(to folder: String, as encoding: Encoding, events: Bool) throws {
    if unsafe mkdir(folder, 0o700) != 0, Glibc.errno != EEXIST {
      throw ExportFile.Failure(path: folder, error: Errno(rawValue: Glibc.errno))
    }
    var written: [ExportFile] = []
    for table in FleetTable.allCases {
      let target = try ExportFile("\(folder)/\(table.rawValue).\(encoding.suffix)", from: inputs)
      var piece = Array(encoding.head(table).utf8)
      for run in taken where events || table != .events {
        try run.file.forEachRow(of: table, in: run.run) { row in
          piece += encoding.row(table, run.key + row).utf8
          guard piece.count >= FleetExport.pieceSize else { return }
          try target.write(piece)
          piece.removeAll(keepingCapacity: true)
        }
      }
      try target.write(piece)
      written.append(target)
    }
    for target in written { try target.keep() }
  }
}
