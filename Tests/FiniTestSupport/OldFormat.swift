/// SQL that makes a recording one of an older version of the format.
package enum OldFormat {
  /// Takes out what came with version 2.
  package static let first = """
    DROP TABLE diagnosis_advice; DROP TABLE diagnosis_event; DROP TABLE diagnosis; DROP TABLE explanation;
    DROP TABLE origin;
    ALTER TABLE judgement DROP COLUMN blob_start; ALTER TABLE judgement DROP COLUMN blob_end;
    ALTER TABLE judgement DROP COLUMN let_go;
    DELETE FROM meaning WHERE table_name IN ('explanation', 'diagnosis', 'diagnosis_event', 'diagnosis_advice',
        'origin')
      OR column_name IN ('blob_start', 'blob_end', 'let_go');
    PRAGMA user_version = 1;
    """
}
