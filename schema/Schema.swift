/// The SQL of a recording: what is in these files is the contract with every reader.
public enum Schema {
  /// `PRAGMA application_id`: "FiTr" in ASCII. A file with another one is not ours.
  public static let applicationID: Int32 = 0x4669_5472

  /// `PRAGMA user_version` of a file that has every migration.
  public static var version: Int32 { Int32(migrations.count) }

  /// The migrations in order, each a list of scripts to run in one transaction; number n (from 1)
  /// leads to version n. What was released is never edited: changes are additive.
  public static let migrations: [[String]] = [
    [
      text(PackageResources.v001_tables_sql), text(PackageResources.v001_names_sql),
      text(PackageResources.v001_views_sql),
    ],
    [text(PackageResources.v002_tree_sql)],
    [text(PackageResources.v003_bridge_sql)],
    [text(PackageResources.v004_rseq_sql)],
    [text(PackageResources.v005_foreign_sql)],
    [text(PackageResources.v006_observer_sql)],
    [text(PackageResources.v007_phases_sql)],
    [text(PackageResources.v008_dispatch_sql)],
  ]

  private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
