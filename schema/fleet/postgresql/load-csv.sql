-- Loads a folder of `fini-trace export --fleet --format csv`, all of it or nothing. Run it there:
--   cd FOLDER && psql -f .../schema/fleet/postgresql/load-csv.sql
\set ON_ERROR_STOP on
BEGIN;
CREATE TEMP TABLE new_runs (LIKE fini.runs) ON COMMIT DROP;
\copy new_runs FROM 'runs.csv' WITH (FORMAT csv, HEADER MATCH)
CREATE TEMP TABLE new_verdicts (LIKE fini.verdicts) ON COMMIT DROP;
\copy new_verdicts FROM 'verdicts.csv' WITH (FORMAT csv, HEADER MATCH)
CREATE TEMP TABLE new_tasks (LIKE fini.tasks) ON COMMIT DROP;
\copy new_tasks FROM 'tasks.csv' WITH (FORMAT csv, HEADER MATCH)
CREATE TEMP TABLE new_explanations (LIKE fini.explanations) ON COMMIT DROP;
\copy new_explanations FROM 'explanations.csv' WITH (FORMAT csv, HEADER MATCH)
CREATE TEMP TABLE new_diagnoses (LIKE fini.diagnoses) ON COMMIT DROP;
\copy new_diagnoses FROM 'diagnoses.csv' WITH (FORMAT csv, HEADER MATCH)
CREATE TEMP TABLE new_phases (LIKE fini.phases) ON COMMIT DROP;
\copy new_phases FROM 'phases.csv' WITH (FORMAT csv, HEADER MATCH)
CREATE TEMP TABLE new_costs (LIKE fini.costs) ON COMMIT DROP;
\copy new_costs FROM 'costs.csv' WITH (FORMAT csv, HEADER MATCH)
CREATE TEMP TABLE new_events (LIKE fini.events) ON COMMIT DROP;
\copy new_events FROM 'events.csv' WITH (FORMAT csv, HEADER MATCH)
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
