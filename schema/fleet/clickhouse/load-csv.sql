-- Loads a folder of `fini-trace export --fleet --format csv`. Run it there:
--   cd FOLDER && clickhouse-client --queries-file .../schema/fleet/clickhouse/load-csv.sql
INSERT INTO fini.runs FROM INFILE 'runs.csv' FORMAT CSVWithNames;
INSERT INTO fini.verdicts FROM INFILE 'verdicts.csv' FORMAT CSVWithNames;
INSERT INTO fini.tasks FROM INFILE 'tasks.csv' FORMAT CSVWithNames;
INSERT INTO fini.explanations FROM INFILE 'explanations.csv' FORMAT CSVWithNames;
INSERT INTO fini.diagnoses FROM INFILE 'diagnoses.csv' FORMAT CSVWithNames;
INSERT INTO fini.phases FROM INFILE 'phases.csv' FORMAT CSVWithNames;
INSERT INTO fini.costs FROM INFILE 'costs.csv' FORMAT CSVWithNames;
INSERT INTO fini.events FROM INFILE 'events.csv' FORMAT CSVWithNames;
