-- Loads a folder of `fini-trace export --fleet --format ndjson`. Run it there:
--   cd FOLDER && duckdb FILE < .../schema/fleet/duckdb/load-ndjson.sql
CREATE OR REPLACE TEMP TABLE new_runs AS FROM fini.runs LIMIT 0;
COPY new_runs FROM 'runs.ndjson' (FORMAT json);
CREATE OR REPLACE TEMP TABLE new_verdicts AS FROM fini.verdicts LIMIT 0;
COPY new_verdicts FROM 'verdicts.ndjson' (FORMAT json);
CREATE OR REPLACE TEMP TABLE new_tasks AS FROM fini.tasks LIMIT 0;
COPY new_tasks FROM 'tasks.ndjson' (FORMAT json);
CREATE OR REPLACE TEMP TABLE new_explanations AS FROM fini.explanations LIMIT 0;
COPY new_explanations FROM 'explanations.ndjson' (FORMAT json);
CREATE OR REPLACE TEMP TABLE new_diagnoses AS FROM fini.diagnoses LIMIT 0;
COPY new_diagnoses FROM 'diagnoses.ndjson' (FORMAT json);
CREATE OR REPLACE TEMP TABLE new_phases AS FROM fini.phases LIMIT 0;
COPY new_phases FROM 'phases.ndjson' (FORMAT json);
CREATE OR REPLACE TEMP TABLE new_costs AS FROM fini.costs LIMIT 0;
COPY new_costs FROM 'costs.ndjson' (FORMAT json);
CREATE OR REPLACE TEMP TABLE new_events AS FROM fini.events LIMIT 0;
COPY new_events FROM 'events.ndjson' (FORMAT json);
BEGIN;
-- A run that was loaded before is taken out first: logs may have been put into it since.
DELETE FROM fini.runs WHERE run IN (SELECT run FROM new_runs);
DELETE FROM fini.verdicts WHERE run IN (SELECT run FROM new_runs);
DELETE FROM fini.tasks WHERE run IN (SELECT run FROM new_runs);
DELETE FROM fini.explanations WHERE run IN (SELECT run FROM new_runs);
DELETE FROM fini.diagnoses WHERE run IN (SELECT run FROM new_runs);
DELETE FROM fini.phases WHERE run IN (SELECT run FROM new_runs);
DELETE FROM fini.costs WHERE run IN (SELECT run FROM new_runs);
DELETE FROM fini.events WHERE run IN (SELECT run FROM new_events);
COMMIT;
BEGIN;
INSERT INTO fini.runs SELECT * FROM new_runs ON CONFLICT DO NOTHING;
INSERT INTO fini.verdicts SELECT * FROM new_verdicts ON CONFLICT DO NOTHING;
INSERT INTO fini.tasks SELECT * FROM new_tasks ON CONFLICT DO NOTHING;
INSERT INTO fini.explanations SELECT * FROM new_explanations ON CONFLICT DO NOTHING;
INSERT INTO fini.diagnoses SELECT * FROM new_diagnoses ON CONFLICT DO NOTHING;
INSERT INTO fini.phases SELECT * FROM new_phases ON CONFLICT DO NOTHING;
INSERT INTO fini.costs SELECT * FROM new_costs ON CONFLICT DO NOTHING;
INSERT INTO fini.events SELECT * FROM new_events ON CONFLICT DO NOTHING;
COMMIT;
