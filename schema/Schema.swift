/// The SQL of a recording: what is in these files is the contract with every reader.
package enum Schema {
  /// `PRAGMA application_id`: "FiTr" in ASCII. A file with another one is of another program.
  package static let applicationID: Int32 = 0x4669_5472

  /// `PRAGMA user_version` of a file that has every migration.
  package static var version: Int32 { Int32(migrations.count) }

  /// The migrations in order, each a list of scripts to run in one transaction; number n (from 1)
  /// leads to version n. What was released is never edited: changes are additive.
  package static let migrations: [[String]] = [
    [text(PackageResources.tables_sql), text(PackageResources.names_sql)],
    [text(PackageResources.tables_002_sql), text(PackageResources.explanation_sql)],
  ]

  /// The script of all views. They hold no data: a file that has others gets these.
  package static let views = text(PackageResources.views_sql)

  /// The script of table `meaning`, which holds nothing recorded and comes anew with the views.
  package static let meaning = text(PackageResources.meaning_sql)

  /// The name of each view with the line that says what it shows, in the order of the script.
  package static let viewLines: [(name: String, line: String)] = views.utf8.split(
    separator: UInt8(ascii: "\n")
  )
  .compactMap { line in
    let line = Substring(line)
    guard line.utf8.starts(with: viewBegin.utf8) else { return nil }
    let words = line.dropFirst(viewBegin.count).split(separator: " ", maxSplits: 3)
    guard words.count == 4 else { return nil }
    return (String(words[0]), String(words[3]))
  }

  private static let viewBegin = "CREATE VIEW "

  private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
