-- Loads a folder of `fini-trace export --fleet --format ndjson`. Run it there:
--   cd FOLDER && clickhouse-client --queries-file .../schema/fleet/clickhouse/load-ndjson.sql
INSERT INTO fini.runs FROM INFILE 'runs.ndjson' FORMAT JSONEachRow;
INSERT INTO fini.verdicts FROM INFILE 'verdicts.ndjson' FORMAT JSONEachRow;
INSERT INTO fini.tasks FROM INFILE 'tasks.ndjson' FORMAT JSONEachRow;
INSERT INTO fini.explanations FROM INFILE 'explanations.ndjson' FORMAT JSONEachRow;
INSERT INTO fini.diagnoses FROM INFILE 'diagnoses.ndjson' FORMAT JSONEachRow;
INSERT INTO fini.phases FROM INFILE 'phases.ndjson' FORMAT JSONEachRow;
INSERT INTO fini.costs FROM INFILE 'costs.ndjson' FORMAT JSONEachRow;
INSERT INTO fini.events FROM INFILE 'events.ndjson' FORMAT JSONEachRow;
