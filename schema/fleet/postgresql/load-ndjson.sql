-- Loads a folder of `fini-trace export --fleet --format ndjson`, all of it or nothing. Run it there:
--   cd FOLDER && psql -f .../schema/fleet/postgresql/load-ndjson.sql
\set ON_ERROR_STOP on
BEGIN;
-- A line has no control characters, so one field is the whole of it.
CREATE TEMP TABLE new_line (line text) ON COMMIT DROP;
\copy new_line FROM 'runs.ndjson' WITH (FORMAT csv, QUOTE E'\x01', DELIMITER E'\x02')
CREATE TEMP TABLE new_runs ON COMMIT DROP AS
  SELECT r.* FROM new_line, jsonb_populate_record(NULL::fini.runs, line::jsonb) r;
TRUNCATE new_line;
\copy new_line FROM 'verdicts.ndjson' WITH (FORMAT csv, QUOTE E'\x01', DELIMITER E'\x02')
CREATE TEMP TABLE new_verdicts ON COMMIT DROP AS
  SELECT r.* FROM new_line, jsonb_populate_record(NULL::fini.verdicts, line::jsonb) r;
TRUNCATE new_line;
\copy new_line FROM 'tasks.ndjson' WITH (FORMAT csv, QUOTE E'\x01', DELIMITER E'\x02')
CREATE TEMP TABLE new_tasks ON COMMIT DROP AS
  SELECT r.* FROM new_line, jsonb_populate_record(NULL::fini.tasks, line::jsonb) r;
TRUNCATE new_line;
\copy new_line FROM 'explanations.ndjson' WITH (FORMAT csv, QUOTE E'\x01', DELIMITER E'\x02')
CREATE TEMP TABLE new_explanations ON COMMIT DROP AS
  SELECT r.* FROM new_line, jsonb_populate_record(NULL::fini.explanations, line::jsonb) r;
TRUNCATE new_line;
\copy new_line FROM 'diagnoses.ndjson' WITH (FORMAT csv, QUOTE E'\x01', DELIMITER E'\x02')
CREATE TEMP TABLE new_diagnoses ON COMMIT DROP AS
  SELECT r.* FROM new_line, jsonb_populate_record(NULL::fini.diagnoses, line::jsonb) r;
TRUNCATE new_line;
\copy new_line FROM 'phases.ndjson' WITH (FORMAT csv, QUOTE E'\x01', DELIMITER E'\x02')
CREATE TEMP TABLE new_phases ON COMMIT DROP AS
  SELECT r.* FROM new_line, jsonb_populate_record(NULL::fini.phases, line::jsonb) r;
TRUNCATE new_line;
\copy new_line FROM 'costs.ndjson' WITH (FORMAT csv, QUOTE E'\x01', DELIMITER E'\x02')
CREATE TEMP TABLE new_costs ON COMMIT DROP AS
  SELECT r.* FROM new_line, jsonb_populate_record(NULL::fini.costs, line::jsonb) r;
TRUNCATE new_line;
\copy new_line FROM 'events.ndjson' WITH (FORMAT csv, QUOTE E'\x01', DELIMITER E'\x02')
CREATE TEMP TABLE new_events ON COMMIT DROP AS
  SELECT r.* FROM new_line, jsonb_populate_record(NULL::fini.events, line::jsonb) r;
TRUNCATE new_line;
-- A run that was loaded before is taken out first: logs may have been put into it since.
DELETE FROM fini.runs WHERE run IN (SELECT run FROM new_runs);
DELETE FROM fini.verdicts WHERE run IN (SELECT run FROM new_runs);
DELETE FROM fini.tasks WHERE run IN (SELECT run FROM new_runs);
DELETE FROM fini.explanations WHERE run IN (SELECT run FROM new_runs);
DELETE FROM fini.diagnoses WHERE run IN (SELECT run FROM new_runs);
DELETE FROM fini.phases WHERE run IN (SELECT run FROM new_runs);
DELETE FROM fini.costs WHERE run IN (SELECT run FROM new_runs);
DELETE FROM fini.events WHERE run IN (SELECT run FROM new_events);
INSERT INTO fini.runs SELECT * FROM new_runs ON CONFLICT DO NOTHING;
INSERT INTO fini.verdicts SELECT * FROM new_verdicts ON CONFLICT DO NOTHING;
INSERT INTO fini.tasks SELECT * FROM new_tasks ON CONFLICT DO NOTHING;
INSERT INTO fini.explanations SELECT * FROM new_explanations ON CONFLICT DO NOTHING;
INSERT INTO fini.diagnoses SELECT * FROM new_diagnoses ON CONFLICT DO NOTHING;
INSERT INTO fini.phases SELECT * FROM new_phases ON CONFLICT DO NOTHING;
INSERT INTO fini.costs SELECT * FROM new_costs ON CONFLICT DO NOTHING;
INSERT INTO fini.events SELECT * FROM new_events ON CONFLICT DO NOTHING;
COMMIT;
