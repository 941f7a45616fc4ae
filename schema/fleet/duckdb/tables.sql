-- The tables that `fini-trace export --fleet` fills, for DuckDB. docs/Fleet.md says how.
CREATE SCHEMA IF NOT EXISTS fini;

-- A run. machine and boot are empty where they are not known; times are nanoseconds since 1970.
CREATE TABLE IF NOT EXISTS fini.runs (
  machine VARCHAR NOT NULL, boot VARCHAR NOT NULL, run VARCHAR NOT NULL, state VARCHAR,
  source VARCHAR, started_ns BIGINT, finished_ns BIGINT, duration_ns BIGINT, host VARCHAR,
  kernel_release VARCHAR, tool_version VARCHAR, tracer_version VARCHAR, command_line VARCHAR,
  exit_summary VARCHAR, is_tree BIGINT, strategy_asked VARCHAR, strategy_taken VARCHAR,
  verdict VARCHAR, frozen_ns BIGINT, subject_tid BIGINT, subject_name VARCHAR, event_count BIGINT,
  lost BIGINT, PRIMARY KEY (machine, boot, run)
);

-- What was judged of a task, and what intervened.
CREATE TABLE IF NOT EXISTS fini.verdicts (
  machine VARCHAR NOT NULL, boot VARCHAR NOT NULL, run VARCHAR NOT NULL, task BIGINT NOT NULL,
  tid BIGINT, verdict VARCHAR, caught VARCHAR, summary VARCHAR, calls BIGINT, stops BIGINT,
  signals BIGINT, frozen_ns BIGINT, fini_ns BIGINT, fini_calls BIGINT, fini_stops BIGINT,
  intervening_stop VARCHAR, intervening_signal VARCHAR, code BIGINT, sender BIGINT,
  sender_user BIGINT, PRIMARY KEY (machine, boot, run, task)
);

-- The tasks of a run: 0 is the tracer that it began with and 1 its tracee.
CREATE TABLE IF NOT EXISTS fini.tasks (
  machine VARCHAR NOT NULL, boot VARCHAR NOT NULL, run VARCHAR NOT NULL, task BIGINT NOT NULL,
  tid BIGINT, thread_group BIGINT, start_ticks BIGINT, name VARCHAR, outcome VARCHAR,
  fini_verdict VARCHAR, has_fini BIGINT, PRIMARY KEY (machine, boot, run, task)
);

-- What explain says of a run.
CREATE TABLE IF NOT EXISTS fini.explanations (
  machine VARCHAR NOT NULL, boot VARCHAR NOT NULL, run VARCHAR NOT NULL, answer VARCHAR, tid BIGINT,
  headline VARCHAR, cause VARCHAR, ptrace_part VARCHAR, not_understood BIGINT, passed_over BIGINT,
  tool VARCHAR, PRIMARY KEY (machine, boot, run)
);

-- What explain found, the one that explains most first.
CREATE TABLE IF NOT EXISTS fini.diagnoses (
  machine VARCHAR NOT NULL, boot VARCHAR NOT NULL, run VARCHAR NOT NULL, number BIGINT NOT NULL,
  cause VARCHAR, entry VARCHAR, certainty VARCHAR, tid BIGINT, sentence VARCHAR, is_harmless BIGINT,
  PRIMARY KEY (machine, boot, run, number)
);

-- The phases of a judged task; entered_ns counts from the start of the run.
CREATE TABLE IF NOT EXISTS fini.phases (
  machine VARCHAR NOT NULL, boot VARCHAR NOT NULL, run VARCHAR NOT NULL, task BIGINT NOT NULL,
  first_sequence BIGINT NOT NULL, last_sequence BIGINT, phase VARCHAR, entered_ns BIGINT,
  took_ns BIGINT, calls BIGINT, stops BIGINT, PRIMARY KEY (machine, boot, run, task, first_sequence)
);

-- Calls, stops and time stopped, by phase.
CREATE TABLE IF NOT EXISTS fini.costs (
  machine VARCHAR NOT NULL, boot VARCHAR NOT NULL, run VARCHAR NOT NULL, phase VARCHAR NOT NULL,
  calls BIGINT, stops BIGINT, frozen_ns BIGINT, PRIMARY KEY (machine, boot, run, phase)
);

-- Each event, as the view timeline of a recording has it; only of exports with --events.
CREATE TABLE IF NOT EXISTS fini.events (
  machine VARCHAR NOT NULL, boot VARCHAR NOT NULL, run VARCHAR NOT NULL, sequence BIGINT NOT NULL,
  at_ms DOUBLE, took_us DOUBLE, phase VARCHAR, tracer BIGINT, tracee BIGINT, kind VARCHAR,
  request VARCHAR, detail VARCHAR, stop VARCHAR, address VARCHAR, data VARCHAR, result BIGINT,
  error VARCHAR, status VARCHAR, signal VARCHAR, code BIGINT, sender BIGINT, sender_user BIGINT,
  program_counter VARCHAR, pending VARCHAR, shared_pending VARCHAR, blocked VARCHAR, value VARCHAR,
  extra VARCHAR, PRIMARY KEY (machine, boot, run, sequence)
);
